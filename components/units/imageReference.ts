/** Container image references, and whether one is pinned: the same text must mean the same image tomorrow. */

export interface ImageReference {
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: string;
}

const host = String.raw`[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?`;
const path = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;

/** As containerd reads it: what this does not take, no kubelet pulls. */
const pattern = new RegExp(
    String.raw`^(?<repository>(?:${host}(?:\.${host})*(?::\d{1,5})?/)?${path}(?:/${path})*)` +
        String.raw`(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** With the registry's host. */
const longestRepository = 255;

/** Parses "repository[:tag][@digest]", where only a registry's host may have upper case; undefined where the text is no image reference. */
export function parseImageReference(text: string): ImageReference | undefined {
    const groups = pattern.exec(text)?.groups;
    if (groups?.["repository"] === undefined || groups["repository"].length > longestRepository) return undefined;
    return {
        repository: groups["repository"],
        ...(groups["tag"] === undefined ? {} : { tag: groups["tag"] }),
        ...(groups["digest"] === undefined ? {} : { digest: groups["digest"] }),
    };
}

/** The text that {@link parseImageReference} reads; an empty digest is none. */
export function formatImageReference({ repository, tag, digest = "" }: ImageReference & { tag: string }): string {
    return `${repository}:${tag}${digest === "" ? "" : `@${digest}`}`;
}

/** Words for a channel: what stands behind them is no version of its own, but may be a commit or a date. */
const channel = /^(?:latest|stable|mainline|edge|nightly|rolling|main|master|dev|pr|mr)(?=[\W_]|$)/;

/**
 * Versions of three numbers, of two alone, which is all that some publishers have, and the number of a build alone. Two
 * numbers of a variant (8.4-fpm) move with each release, unless the image has a version of its own behind it
 * (8.4-fpm-nginx-v3.6.0). A distribution's version (fpm-alpine3.22.1) is not the program's.
 */
const release = /^(?:[a-z]+[-_])*v?\d+\.\d+\.\d+|[-_]v\d+\.\d+\.\d+|^v?\d+\.\d+$|^(?:build|b|r)?[-_.]?\d{3,}$/;

const commitOrDate = /(?:^|[-_.])(?:sha-?|g)?(?=[0-9a-f]*\d)[0-9a-f]{7,40}(?=$|[-_.])|\d{4}-\d\d-\d\d/;

/**
 * Why an image is not pinned, or undefined where it is. Pinned means a tag that names one build, or a tag and a digest.
 * A digest alone is refused too: a reviewer could not tell from the diff which version it is.
 */
export function whyNotPinned(text: string): string | undefined {
    const reference = parseImageReference(text);
    if (reference === undefined) return "is not an image reference (repository:tag or repository:tag@sha256:...)";
    if (reference.tag === undefined) {
        return reference.digest === undefined
            ? "has no tag, which means latest"
            : "has a digest but no tag to read its version from";
    }
    if (reference.digest !== undefined) return undefined;
    const { tag } = reference;
    const isChannel = channel.test(tag);
    if (commitOrDate.test(tag) || (release.test(tag) && !isChannel)) return undefined;
    return isChannel || /\d/.test(tag)
        ? `has the tag ${tag}, which moves`
        : `has the tag ${tag}, which names no version and moves`;
}

/** The version that a tag starts with, as numbers: "1.30.4-alpine" is [1, 30, 4]; undefined where it has none. */
export function tagVersion(text: string): readonly number[] | undefined {
    const version = /^v?(\d+(?:\.\d+)*)/.exec(parseImageReference(text)?.tag ?? "")?.[1];
    return version?.split(".").map(Number);
}

/** True where version a is at least version b, compared number by number; missing numbers count as 0. */
export function versionAtLeast(a: readonly number[], b: readonly number[]): boolean {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
        const difference = (a[i] ?? 0) - (b[i] ?? 0);
        if (difference !== 0) return difference > 0;
    }
    return true;
}
