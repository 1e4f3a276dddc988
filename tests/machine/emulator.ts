/**
 * A machine as Debian's installer leaves it, emulated by QEMU: a kernel of its own with modules to load, systemd, control
 * groups of version 2, AppArmor, and no network. What the kernel of the machine underneath has or lacks does not show.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { cacheKey } from "../../tools/common/build/cacheKey";
import { publishedFolder } from "../../tools/common/build/publish";
import { lastLines, run } from "../../tools/common/commands";
import { cacheFolder, repositoryRoot } from "../../tools/common/paths";
import { indexTargetsArguments, parseRepositories, sourcesList } from "../../tools/lab/images/debianSources";
import { packageNames } from "../../tools/lab/toolchain";

/** Debian 13 and 12, with the kernels 6.12 and 6.1. */
export const releases = ["trixie", "bookworm"] as const;
export type Release = (typeof releases)[number];

/** What an installation has besides the packages that `make up` installs, which it cannot without a network. */
const installedPackages = [
    ...["linux-image-amd64", "systemd-sysv", "udev", "dbus", "apparmor", "kmod", "procps", "nftables"],
    ...["ca-certificates", "make", "git"],
];

/** In the lab's cache. */
const machinesFolder = "machines";
const diskBytes = 8 * 2 ** 30;
const folderOfProject = "/opt/project";
const exitLine = /^machine-exit (\d+)\r?$/m;

/** Runs at the machine's start, and ends it. */
const startScript = `#!/bin/bash
exec >/dev/ttyS1 2>&1 </dev/null
stty -F /dev/ttyS1 -onlcr
export HOME=/root PATH=${folderOfProject}/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p ${folderOfProject} /root/.cache/php-web-service
mount /dev/vdb ${folderOfProject} && mount /dev/vdc /root/.cache/php-web-service && cd ${folderOfProject} &&
    touch -c node_modules/.package-lock.json && tsx tests/layers.ts machine
echo "machine-exit $?"
sync
poweroff --force
`;

/** As a session would leave them, its daemons stay when it ends. */
const startUnit = `[Unit]
After=multi-user.target
[Service]
ExecStart=/root/start
KillMode=process
`;

/** Folder of the machine's kernel and system; makes them the first time, in two minutes. */
export async function ensureMachine(release: Release, say: (line: string) => void): Promise<string> {
    const packages = [...installedPackages, ...packageNames];
    const key = cacheKey(release, packages, startScript, startUnit);
    const folder = join(cacheFolder, machinesFolder, `${release}-${key}`);
    await publishedFolder(folder, async (partial) => {
        say(`Making a Debian ${release} ...\n`);
        const root = join(partial, "root");
        const sources = join(partial, "sources.list");
        const repositories = parseRepositories(await run("apt-get", indexTargetsArguments));
        await writeFile(sources, sourcesList(repositories, release));
        await run("mmdebstrap", [
            ...["--quiet", "--mode=root", "--variant=minbase", `--include=${packages.join(",")}`],
            ...[release, root, sources],
        ]);
        await writeFile(join(root, "etc/hostname"), "machine\n");
        await writeFile(join(root, "etc/hosts"), "127.0.0.1 localhost machine\n");
        await writeFile(join(root, "root/start"), startScript, { mode: 0o755 });
        await writeFile(join(root, "etc/systemd/system/start.service"), startUnit);
        // The lab brings its packages with their services off.
        await run("chroot", [root, "systemctl", "--quiet", "disable", "containerd", "haproxy"]);
        await run("chroot", [root, "systemctl", "--quiet", "add-wants", "graphical.target", "start.service"]);
        for (const name of ["vmlinuz", "initrd.img"]) {
            const newest = readdirSync(join(root, "boot")).find((file) => file.startsWith(`${name}-`)) ?? name;
            await rename(join(root, "boot", newest), join(partial, name));
        }
        await makeDisk(join(partial, "system.img"), root);
        await rm(root, { recursive: true });
    });
    return folder;
}

/** A disk with a copy of a folder. */
async function makeDisk(path: string, folder: string): Promise<void> {
    writeFileSync(path, "");
    truncateSync(path, diskBytes);
    await run("mke2fs", ["-q", "-t", "ext4", "-d", folder, path]);
}

/**
 * Starts the machine with copies of the project and of the lab's cache, and runs the layer machine of the tests as root. Returns
 * its exit code. Whatever it did is gone afterwards.
 *
 * @param onOutput what it prints, as it comes
 * @param mostSeconds how long it may take
 * @throws where the machine ends without an exit code, or is ended for the time
 */
export async function runMachine(
    machine: string,
    onOutput: (text: string) => void,
    mostSeconds: number,
): Promise<number> {
    const work = mkdtempSync(join(machine, "run-"));
    const disk = (name: string) => ["-drive", `file=${join(work, name)},format=raw,if=virtio,cache=unsafe`];
    const console = join(work, "console");
    try {
        await makeDisk(join(work, "project.img"), repositoryRoot);
        await makeDisk(join(work, "cache.img"), await linkedCache(join(work, "cache")));
        const output = await qemu(
            [
                // Not KVM, even where there is one: some machines offer one that starts no ordinary kernel.
                ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "7G"],
                ...["-nic", "none", "-no-reboot", "-display", "none", "-monitor", "none", "-device", "virtio-rng-pci"],
                ...["-serial", `file:${console}`, "-serial", "stdio"],
                ...["-kernel", join(machine, "vmlinuz"), "-initrd", join(machine, "initrd.img")],
                ...["-append", "root=/dev/vda rw console=ttyS0"],
                ...["-drive", `file=${join(machine, "system.img")},format=raw,if=virtio,snapshot=on,cache=unsafe`],
                ...disk("project.img"),
                ...disk("cache.img"),
            ],
            onOutput,
            mostSeconds,
        );
        const code = exitLine.exec(output)?.[1];
        if (code !== undefined) return Number(code);
        const end = existsSync(console) ? lastLines(readFileSync(console, "utf8"), 10) : "";
        throw new Error(
            `The machine has not come to its end, or not within ${mostSeconds} s. Its console ends with:\n${end}`,
        );
    } finally {
        rmSync(work, { recursive: true });
    }
}

/** The lab's cache without such machines, as hard links. */
async function linkedCache(folder: string): Promise<string> {
    await mkdir(folder);
    const names = readdirSync(cacheFolder).filter((name) => name !== machinesFolder);
    for (const name of names) await run("cp", ["--archive", "--link", join(cacheFolder, name), folder]);
    return folder;
}

function qemu(args: readonly string[], onOutput: (text: string) => void, mostSeconds: number): Promise<string> {
    return new Promise((resolve, reject) => {
        // Ctrl-C reaches it too.
        const child = spawn("qemu-system-x86_64", args, {
            stdio: ["ignore", "pipe", "inherit"],
            timeout: mostSeconds * 1000,
        });
        let output = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            onOutput(text);
        });
        child.on("error", reject);
        child.on("close", (code, signal) => {
            if (code === 0) resolve(output);
            else reject(new Error(`qemu-system-x86_64 ended with ${code ?? signal ?? "nothing"}.`));
        });
    });
}
