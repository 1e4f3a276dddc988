/**
 * Files of releases before, on a claim: each new pod puts its own release's there before it serves, a Job after the rollout
 * takes away what no page asks for any more. docs/decisions/0029-files-of-releases-before-are-kept-on-a-claim.md
 *
 * The service's folder on the claim has
 *
 *     files/                       what nginx serves, by its paths from the document root
 *     releases/ID/names, complete  the names of a release's files, before they are there and since
 *     releases/ID/retired          since when another release has its place, in seconds since 1970
 *
 * ID is a hash of the names: with other files of the same names a release would not be another one, as they have hashes in them.
 */
import type { KeptAssetsArgs } from "../args";
import { literal } from "./literal";
import { assetsContainerName } from "./names";

export interface KeptAssets extends Pick<KeptAssetsArgs, "claim" | "paths"> {
    /** Of the service, on the mounted claim: a claim may be on storage that other services' claims are on, too. */
    readonly folder: string;
}

/** Where pods have the claim. */
export const keptAssetsPath = "/run/kept-assets";

export function keptAssetsFolder(namespace: string, name: string): string {
    return `${keptAssetsPath}/${namespace}/${name}`;
}

/** Below it nginx looks for what a pod's own release has not. */
export function keptFilesFolder(folder: string): string {
    return `${folder}/files`;
}

// --- Scripts ---------------------------------------------------------------------------------------------------------
// POSIX, and mktemp and sha256sum, which Debian's and Alpine's images have. Of programs that serve, no word may be
// in them: the policy pack tells by a command's words what a container is.

/** Arguments: FOLDER DOCUMENT_ROOT PATH... Finds the release's files, and its own folder. */
const prepare = `umask 022
export LC_ALL=C
folder=$1 root=$2
shift 2
cd "$root"
for path; do
    # Nor one by way of a link, which leads who knows where.
    if [ "$(cd "./$path" 2>/dev/null && pwd -P)" != "$(pwd -P)/$path" ]; then
        echo "$root/$path is no folder of this image. keptAssets.paths names it: take it out there, or build it." >&2
        exit 1
    fi
done
newline='
'
names=$(find "$@" -name '.*' -prune -o -type f ! -name '*.php' ! -path "*$newline*" -print)
names=$(printf '%s\\n' "$names" | sort)
id=$(printf '%s\\n' "$names" | sha256sum)
release=$folder/releases/\${id%% *}
# One that comes back is not retired any more, and before anything else: its files are not to go meanwhile.
rm -f "$release/retired"
`;

/** A pod that is not its release's first one has nothing to do, whatever state the storage is in. */
const unlessComplete = `[ ! -e "$release/complete" ] || exit 0
`;

/** What is there under its name is whole: it has got that only then. Several may do this at once. */
const copy = `mkdir -p "$folder"
temporary=$(mktemp -d "$folder/temporary-XXXXXX")
trap 'rm -rf "$temporary"' EXIT

# Once more where its folder goes meanwhile, since it was empty, or a retired release's.
put() {
    tries=10
    until mkdir -p "\${1%/*}" && mv -f "$temporary/new" "$1"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
    done
}

write() {
    printf '%s\\n' "$1" >"$temporary/new"
    put "$2"
}

# First of all: what it names, no other release takes away.
write "$names" "$release/names"
printf '%s\\n' "$names" | while IFS= read -r name; do
    [ -n "$name" ] && [ ! -e "$folder/files/$name" ] || continue
    cat "$name" >"$temporary/new"
    put "$folder/files/$name"
done
write "$names" "$release/complete"
`;

/** Before the others an argument more: SECONDS for which a retired release is kept. What it does not finish, the next one does. */
const retire = `now=$(date +%s)
for other in "$folder"/releases/*; do
    [ "$other" != "$release" ] || continue
    since=$(cat "$other/retired" 2>/dev/null || :)
    case $since in
    '' | *[!0-9]*)
        write "$now" "$other/retired"
        echo "retired: \${other##*/}"
        ;;
    *)
        [ $((now - since)) -ge "$seconds" ] || continue
        # As a whole: where its pods come back just now, they find that it is not complete.
        mv "$other" "$temporary/"
        echo "removed: \${other##*/}"
        ;;
    esac
done

# What no release names any more. It is looked for first, so that what comes meanwhile is not among it.
mkdir -p "$folder/files"
cd "$folder/files"
find . -type f >"$temporary/found"
while IFS= read -r name; do
    printf '%s\\n' "\${name#./}"
done <"$temporary/found" >"$temporary/there"
cat "$folder"/releases/*/names "$folder"/releases/*/complete >"$temporary/needed"
# What is needed is in it twice at least.
sort "$temporary/needed" "$temporary/needed" "$temporary/there" >"$temporary/all"
uniq -u "$temporary/all" >"$temporary/over"
while IFS= read -r name; do
    rm -f "$name"
done <"$temporary/over"
find . -depth -type d ! -name . -exec rmdir {} + 2>/dev/null || :

# Of pods that were ended in the middle.
find "$folder"/temporary-* -prune -mtime +0 -exec rm -rf {} +
`;

const keepScript = `${prepare}${unlessComplete}
${copy}`;

/** The release's own files are looked through again: what another one's Job may have taken meanwhile comes back. */
const retireScript = `seconds=$1
shift
${prepare}${copy}
${retire}`;

const shell = (script: string, ...args: readonly string[]) => ["sh", "-euc", script, assetsContainerName, ...args];

const argumentsOf = (documentRoot: string, { folder, paths }: KeptAssets) => [folder, documentRoot, ...paths];

/** Of the init container that keeps a release's files, as Kubernetes has it. */
export function keepCommand(documentRoot: string, keptAssets: KeptAssets): string[] {
    return shell(keepScript, ...argumentsOf(documentRoot, keptAssets)).map(literal);
}

/**
 * Of the Job that takes away what is over, as a shell has it.
 *
 * @param seconds for which a release's files are kept once another one has come
 */
export function retireCommand(documentRoot: string, keptAssets: KeptAssets, seconds: number): readonly string[] {
    return shell(retireScript, String(seconds), ...argumentsOf(documentRoot, keptAssets));
}
