/** Folders of an application that are written while it runs, and so are no part of what was built. */
import type { SharedVolume } from "./args";

/** Those that each pod has for itself, and those that all pods share. Absolute paths. */
export function writtenFolders(app: {
    readonly writablePaths: readonly string[];
    readonly volumes: readonly Pick<SharedVolume, "path">[];
}): readonly string[] {
    return [...app.writablePaths, ...app.volumes.map(({ path }) => path)];
}

/** Of absolute paths those below the document root, as paths from there. */
export function withinDocumentRoot(documentRoot: string, paths: readonly string[]): readonly string[] {
    return paths
        .filter((path) => path.startsWith(`${documentRoot}/`))
        .map((path) => path.slice(documentRoot.length + 1));
}
