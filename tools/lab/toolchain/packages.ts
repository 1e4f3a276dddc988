/** Programs from Debian. */
import { run } from "../../common/commands";
import { repositoryRoot } from "../paths";
import { during, type Progress } from "../progress";
import { join } from "node:path";

/** A command, or a file with a slash in its path, that shows that its package is there. */
const packages: Readonly<Record<string, string>> = {
    containerd: "containerd",
    runc: "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    haproxy: "haproxy",
    iptables: "iptables",
    conntrack: "conntrack",
    ip: "iproute2",
    ethtool: "ethtool",
    // kubectl port-forward.
    socat: "socat",
    // The kubelet and containerd mount and unmount; nsenter, unshare, chrt and flock are the lab's own.
    unshare: "util-linux",
    mount: "mount",
    // Certificates.
    openssl: "openssl",
    // Images.
    mmdebstrap: "mmdebstrap",
    umoci: "umoci",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
};

/** Names of all of them. */
export const packageNames: readonly string[] = Object.values(packages);

/** Installs what is missing, and starts none of its services. */
export async function ensurePackages(report: Progress): Promise<void> {
    const script = join(repositoryRoot, "scripts/install-debian-packages.sh");
    const wanted = Object.entries(packages).map(([sign, name]) => `${sign}=${name}`);
    const missing = (await run(script, ["--list", ...wanted]))
        .trim()
        .split(/\s+/)
        .filter((name) => name !== "");
    if (missing.length === 0) return;
    await during(report, `install ${missing.join(", ")}`, 30, () => run(script, wanted));
}
