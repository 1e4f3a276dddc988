/** Where the packages of the images come from: the mirrors that the machine itself uses. */

/** One suite of a mirror that the machine's apt knows. */
export interface Repository {
    readonly uri: string;
    /** "Debian", or "Debian-Security" for the security archive. */
    readonly label: string;
}

/** `apt-get indextargets` with this prints what {@link parseRepositories} reads. */
export const indexTargetsArguments = [
    "indextargets",
    "--format",
    "$(REPO_URI)|$(LABEL)",
    "Created-By: Packages",
    "Origin: Debian",
] as const;

export function parseRepositories(output: string): readonly Repository[] {
    const lines = [...new Set(output.split("\n").filter((line) => line !== ""))];
    return lines.map((line) => {
        const [uri = "", label = ""] = line.split("|");
        return { uri, label };
    });
}

/** Debian's own keys, whatever signs the machine's sources. */
export const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** sources.list for a release, on the machine's own mirrors. One that lags behind will do; signatures are checked all the same. */
export function sourcesList(repositories: readonly Repository[], release: string): string {
    const main = repositories.find(({ label }) => label === "Debian");
    if (main === undefined) {
        throw new Error(
            "apt knows no mirror of Debian's main archive on this machine, and images are made from its packages. " +
                "Mend: a Debian source in /etc/apt/sources.list.d, then apt-get update.",
        );
    }
    const security = repositories.find(({ label }) => label === "Debian-Security");
    const suites = [
        { uri: main.uri, suite: release },
        { uri: main.uri, suite: `${release}-updates` },
        ...(security === undefined ? [] : [{ uri: security.uri, suite: `${release}-security` }]),
    ];
    return suites
        .map(({ uri, suite }) => `deb [signed-by=${debianKeyring} check-valid-until=no] ${uri} ${suite} main\n`)
        .join("");
}
