# shellcheck shell=bash
# What GitHub knows of a stack's deployments, for other scripts to read. Needs the whole history in the checkout.
#
# Environment: STACK, GH_TOKEN, GITHUB_REPOSITORY.

# Prints "ID COMMIT" of every deployment, the last one first. All pages: any number of them may have failed in a row.
deployments() {
    gh api --paginate "repos/$GITHUB_REPOSITORY/deployments?environment=$STACK&per_page=100" --jq '.[] | "\(.id) \(.sha)"'
}

# states ID: all that the deployment has been in. A success becomes inactive when another one follows.
states() {
    gh api --paginate "repos/$GITHUB_REPOSITORY/deployments/$1/statuses?per_page=100" --jq '.[].state'
}

# contains COMMIT OTHER: OTHER is COMMIT or an ancestor of it. A commit that is unknown here is none.
contains() {
    git merge-base --is-ancestor "$2" "$1" 2>/dev/null
}
