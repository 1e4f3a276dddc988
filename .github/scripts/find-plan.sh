#!/usr/bin/env bash
# Looks for the update plan that the reviewers of this commit's pull request saw: of the pull request that was merged as
# this very commit, of the newest run of its preview for its last commit, and made before the merge. The plan has the
# previewed tree's hash in its name, so that none is found where main had moved on before the merge.
#
# Environment: STACK, FRESH ("true": find none), GH_TOKEN, GITHUB_REPOSITORY, GITHUB_RUN_ATTEMPT, GITHUB_SERVER_URL,
# GITHUB_SHA, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY. Outputs: name, which a fresh plan is to be saved under, and where a
# plan is found, artifact-id, digest (SHA-256, hexadecimal) and run-id.
set -euo pipefail

plan="plan-$STACK-$(git rev-parse 'HEAD^{tree}')"
# Each attempt has its own, so that a re-run replaces none that somebody has seen.
echo "name=$plan-$GITHUB_RUN_ATTEMPT" >>"$GITHUB_OUTPUT"
if [[ "${FRESH:-false}" == true ]]; then
    echo "A fresh plan of $STACK was asked for." >>"$GITHUB_STEP_SUMMARY"
    exit 0
fi

fresh() {
    echo "Stack $STACK: $*. What follows is a fresh plan." >>"$GITHUB_STEP_SUMMARY"
    exit 0
}

pull=$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls?per_page=100" | jq --compact-output \
    --arg sha "$GITHUB_SHA" --arg repository "$GITHUB_REPOSITORY" '
    map(select(
        .merged_at != null and .merge_commit_sha == $sha
        and .base.repo.full_name == $repository and .head.repo.full_name == $repository
    )) | .[0] // empty')
[[ -n "$pull" ]] || fresh "no pull request of this repository's own branches was merged as $GITHUB_SHA"
head=$(jq --raw-output .head.sha <<<"$pull")

# The newest run is the one that the pull request's comment is of, so no older one will do.
runs="repos/$GITHUB_REPOSITORY/actions/workflows/preview.yaml/runs?event=pull_request&head_sha=$head&per_page=100"
run=$(gh api "$runs" | jq --compact-output --argjson pull "$pull" '
    .workflow_runs | map(select(
        .event == "pull_request" and (.path | split("@")[0]) == ".github/workflows/preview.yaml"
        and .head_sha == $pull.head.sha and .head_branch == $pull.head.ref
        and .head_repository.full_name == $pull.head.repo.full_name
    )) | max_by(.id) // empty')
[[ -n "$run" ]] || fresh "the pull request was merged without a preview of its last commit"
run_id=$(jq .id <<<"$run")
[[ $(jq --raw-output .conclusion <<<"$run") == success ]] || fresh "the pull request's preview (run $run_id) has no success"

artifact=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$run_id/artifacts?per_page=100" | jq --compact-output \
    --arg plan "$plan" --argjson pull "$pull" '
    .artifacts | map(select(
        (.name | test("^" + $plan + "-[0-9]+$")) and (.expired | not)
        and (.digest // "" | startswith("sha256:")) and .created_at <= $pull.merged_at
    )) | max_by(.id) // empty')
[[ -n "$artifact" ]] || fresh "the pull request's preview has no plan of exactly this tree from before the merge" \
    "(main moved on, the preview was run anew, or its artifact has expired)"

jq --raw-output '"artifact-id=\(.id)", "digest=\(.digest | ltrimstr("sha256:"))"' <<<"$artifact" >>"$GITHUB_OUTPUT"
echo "run-id=$run_id" >>"$GITHUB_OUTPUT"
echo "Stack $STACK: the plan [that was reviewed]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$run_id)" \
    "is what will be applied." >>"$GITHUB_STEP_SUMMARY"
