#!/usr/bin/env bash
# Puts the reviews of all stacks into one comment of a pull request, which is updated from then on.
# Usage: comment.sh FILE...
#
# The files are named by their stacks, review-STACK.md, and stand in the comment in the order given. Each has its share of
# what a comment can hold, so that a long one hides no other; what the short ones leave is shared by the long ones.
# The files hold text of the pull request: it goes from file to file, never through a command line.
# Environment: PULL_REQUEST (its number), GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID.
set -euo pipefail

marker='<!-- php-web-service: preview -->'
# GitHub takes 65536 characters. These are bytes, and the notes on what was cut are not counted.
longest=60000
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
body="$folder/body"
for file; do
    name=$(basename -- "$file" .md)
    if [[ -e "$file" ]]; then cat -- "$file"; fi |
        jq --raw-input --slurp --arg name "$name" '{ name: $name, text: . }'
done | jq --slurp --arg marker "$marker" --arg run "$run" --argjson longest "$longest" '
    # How many bytes of each text there is room for, by name.
    def shares:
        reduce (map(.size = (.text | utf8bytelength)) | sort_by(.size) | .[]) as $one (
            { left: $longest, count: length, shares: {} };
            ([$one.size, (.left / .count | floor)] | min) as $share
            | .shares[$one.name] = $share | .left -= $share | .count -= 1
        ) | .shares;

    # Takes whole lines, and ends a block of code that would otherwise hold what follows.
    def cut($name; $bytes):
        if utf8bytelength <= $bytes then .
        else
            [foreach split("\n")[] as $line (
                { size: 0, open: "" };
                .inBlock = (.open != "")
                | .size += ($line | utf8bytelength) + 1
                | if .open == "" then .open = (($line | capture("^(?<marks>`{3,})") | .marks) // "")
                  elif $line == .open then .open = "" else . end;
                . + { $line }
            )]
            | map(select(.size <= $bytes)) as $kept
            | .[($kept | length):] as $left
            | ($left | map(select((.inBlock | not) and (.line | test("^##+ "))) | .line | sub("^#+ "; ""))) as $headings
            | ($kept | map(.line) | join("\n")) + "\n" + ($kept | last.open // "")
            + "\n\n**Cut here: \($left | length) lines are left out.** They are in artifact \($name) of [the whole text](\($run)).\n"
            + ($headings[:10] | map("\n- left out: " + .[:200]) | join(""))
            + (if ($headings | length) > 10 then "\n- and \(($headings | length) - 10) more" else "" end) + "\n"
        end;

    shares as $shares
    | map(
        if .text == "" then "# \(.name)\n\nThere is no review: see [the run](\($run)).\n"
        else .name as $name | .text | cut($name; $shares[$name]) end
    )
    | { body: ($marker + "\n" + join("\n")) }' >"$body"

# Only a comment of ours is ours: anybody may write the marker.
id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments?per_page=100" --jq \
    ".[] | select(.user.login == \"github-actions[bot]\") | select(.body | startswith(\"$marker\")) | .id" | sed -n 1p)
if [[ -n "$id" ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --input "$body" --jq .html_url
else
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --input "$body" --jq .html_url
fi
