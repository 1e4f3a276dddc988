/** What contradicts itself where files of releases before are kept. */
import { none, problem, type ArgumentProblem } from "./argumentProblem";
import type { AppArgs } from "./args";
import { withinDocumentRoot, writtenFolders } from "./writtenFolders";

interface App extends Pick<AppArgs, "keptAssets"> {
    readonly source: NonNullable<AppArgs["source"]>;
    readonly documentRoot: string;
    readonly writablePaths: NonNullable<AppArgs["writablePaths"]>;
    readonly volumes: NonNullable<AppArgs["volumes"]>;
}

/** Of two paths the one is within the other, or is it. */
const overlap = (one: string, other: string) => `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);

export function problemsOfKeptAssets(app: App, section = ""): readonly ArgumentProblem[] {
    const { keptAssets, source, documentRoot, volumes } = app;
    if (keptAssets === undefined) return none;
    const { claim, paths } = keptAssets;
    const at = `${section}app.keptAssets`;
    if (source !== "image" && source !== "phpFpmImage") {
        return problem(
            at,
            `found with ${section}app.source ${source === "sample" ? source : "that is a map of files"}, whose files are a ConfigMap's and in ` +
                "no image, where releases have theirs. Allowed: with source image or phpFpmImage.",
        );
    }
    const volume = volumes.findIndex((each) => each.claim === claim);
    const written = withinDocumentRoot(documentRoot, writtenFolders(app));
    return [
        ...(volume < 0
            ? none
            : problem(
                  `${at}.claim`,
                  `found ${JSON.stringify(claim)}, which ${section}app.volumes[${volume}] is of, too: what PHP writes there would be served as a ` +
                      "release's. Allowed: a claim of its own.",
              )),
        ...paths.flatMap((path, i) => {
            const other = paths.slice(0, i).find((each) => overlap(path, each));
            const folder = written.find((each) => overlap(path, each));
            return [
                ...(other === undefined
                    ? none
                    : problem(
                          `${at}.paths[${i}]`,
                          `found ${JSON.stringify(path)} ` +
                              (other === path
                                  ? "a second time. Remove it."
                                  : `beside ${JSON.stringify(other)}, and one is within the other. Remove one of them.`),
                      )),
                ...(folder === undefined
                    ? none
                    : problem(
                          `${at}.paths[${i}]`,
                          `found ${JSON.stringify(path)}, and ${JSON.stringify(`${documentRoot}/${folder}`)} is written to while the application ` +
                              "runs: it is no part of a release. Allowed: folders of which none is written to.",
                      )),
            ];
        }),
    ];
}
