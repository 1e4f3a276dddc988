/** web.app.keptAssets: what pods and the Job after a rollout do on the claim, done here by the shells that images have. */
import {
    chmodSync,
    existsSync,
    globSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type * as k8s from "@pulumi/kubernetes";
import { expect } from "chai";

import { run, runToEnd } from "../../tools/common/commands";
import type { Recording } from "../../tools/render/record";
import { recordingOfGolden } from "../golden/golden";
import { needs } from "../helpers/needs";
import { recordingOfText, resource } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";
import { failures } from "../promises/mutations";

const jobType = "kubernetes:batch/v1:Job";

const jobOf = (recording: Recording) => {
    const { inputs, options } = resource(recording, jobType);
    return { ...(inputs as { metadata: { name: string }; spec: k8s.types.output.batch.v1.JobSpec }), options };
};

const web = (yaml: string) => `config:\n  php-web-service:web:\n${yaml.replace(/^/gm, "    ")}\n`;

const keptStack = (more = "", image = "registry.example.com/app:2026.11.3") =>
    web(
        `app:\n  source: phpFpmImage\n  documentRoot: /srv/app/public\n  keptAssets: { claim: assets, paths: [build]${more} }\n` +
            `phpFpm: { image: "${image}" }`,
    );

describe("files of releases before", () => {
    let recording: Recording;

    before(async () => {
        recording = await recordingOfGolden("assets");
    });

    it("are put on the claim by php-fpm's image before anything serves, and the promise holds", () => {
        const objects = webObjects(recording);
        const { pod, phpFpm, nginx } = objects;
        expect(pod.initContainers.map(({ name }) => name)).to.deep.equal(["application", "assets", "php-fpm"]);
        const assets = objects.container("assets");
        for (const field of ["image", "resources", "securityContext"] as const)
            expect(assets[field], field).to.deep.equal(phpFpm[field]);
        expect(assets).to.not.have.property("env");
        expect(assets.volumeMounts).to.deep.equal([{ name: "kept-assets", mountPath: "/run/kept-assets" }]);
        expect(pod.volumes).to.deep.include({ name: "kept-assets", persistentVolumeClaim: { claimName: "assets" } });
        expect(pod.securityContext).to.include({ fsGroup: 33 });
        // nginx only reads it, and PHP has nothing to do with it.
        expect(nginx.volumeMounts).to.deep.include({
            name: "kept-assets",
            mountPath: "/run/kept-assets",
            readOnly: true,
        });
        expect(phpFpm.volumeMounts.map(({ name }) => name)).to.not.include("kept-assets");
        expect(failures(recording)).to.deep.equal({ promises: [], policies: [] });
    });

    it("are looked through by a Job after the rollout, with nothing of the application's but its image", () => {
        const { spec, metadata, options } = jobOf(recording);
        expect(metadata.name).to.match(/^web-assets-[0-9a-f]{8}$/);
        const [container, ...others] = spec.template.spec.containers;
        expect(others).to.deep.equal([]);
        const objects = webObjects(recording);
        const assets = objects.container("assets");
        for (const field of ["image", "securityContext", "volumeMounts"] as const)
            expect(container?.[field], field).to.deep.equal(assets[field]);
        for (const field of ["env", "envFrom", "ports"]) expect(container).to.not.have.property(field);
        expect(spec.template.spec).to.include({ automountServiceAccountToken: false, restartPolicy: "Never" });
        expect(spec.template.spec.volumes.map(({ name }) => name)).to.deep.equal(["kept-assets"]);
        const { labels } = spec.template.metadata;
        const isServed = Object.entries(objects.deployment.selector.matchLabels).every(
            ([key, value]) => labels[key] === value,
        );
        expect(isServed).to.equal(false);
        const names = [options.dependsOn ?? []].flat() as unknown as readonly { readonly __name: string }[];
        expect(names.map(({ __name }) => __name)).to.have.members(["web", "web-commands"]);
        expect(spec).to.not.have.property("ttlSecondsAfterFinished");
        expect(spec.activeDeadlineSeconds).to.equal(600);
    });

    it("are kept for a page's life and the last old pod's end, which rolls no pods", async () => {
        const longer = await recordingOfText(keptStack(", pageSeconds: 100"));
        expect(jobOf(longer).spec.template.spec.containers[0]?.command[4]).to.equal("170");
        const usual = await recordingOfText(keptStack());
        expect(webObjects(usual).deployment.template).to.deep.equal(webObjects(longer).deployment.template);
        expect(jobOf(usual).metadata.name).to.not.equal(jobOf(longer).metadata.name);
        const other = await recordingOfText(keptStack("", "registry.example.com/app:2026.11.4"));
        expect(jobOf(usual).metadata.name).to.not.equal(jobOf(other).metadata.name);
    });

    for (const shell of ["dash", "busybox"]) {
        describe(`with the shell and the tools of ${shell === "dash" ? "Debian" : "Alpine"}`, function () {
            this.timeout(30_000);
            before(needs(shell));

            let folder: string;
            let path = process.env["PATH"] ?? "";
            beforeEach(() => {
                folder = mkdtempSync(join(tmpdir(), "kept-assets-test-"));
                chmodSync(folder, 0o777);
            });
            afterEach(() => {
                rmSync(folder, { recursive: true });
            });

            before(async () => {
                if (shell === "dash") return;
                // Nothing else is on its PATH.
                path = mkdtempSync(join(tmpdir(), "busybox-test-"));
                chmodSync(path, 0o755);
                await run("busybox", ["--install", "-s", path], {});
            });
            after(() => {
                if (shell !== "dash") rmSync(path, { recursive: true });
            });

            const claim = () => join(folder, "claim/web/web");
            const onClaim = () => readdirSync(claim(), { recursive: true, encoding: "utf8" }).sort();
            const files = () => onClaim().filter((name) => /^files\/.*\./.test(name));
            const releases = () => onClaim().filter((name) => /^releases\/\w+$/.test(name));

            /** The image of a release. Text is what stands in a file; its name by default. */
            const image = (release: string, ...names: readonly string[]) => {
                const root = join(folder, release);
                mkdirSync(join(root, "build"), { recursive: true });
                mkdirSync(join(root, "dist/assets"), { recursive: true });
                for (const name of names) {
                    mkdirSync(dirname(join(root, name)), { recursive: true });
                    writeFileSync(join(root, name), `${name} of ${release}`);
                }
                if (!existsSync(join(folder, "claim"))) mkdirSync(join(folder, "claim"));
                chmodSync(join(folder, "claim"), 0o777);
            };

            const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=33", "--regid=33", "--clear-groups"] : [];

            const execute = async (words: readonly string[], release: string, before = "") => {
                const own = words.map((word) =>
                    word
                        .replaceAll("$$", "$")
                        .replace("/run/kept-assets/", join(folder, "claim/"))
                        .replace(/^\/srv\/app\/public$/, join(folder, release)),
                );
                expect(own[0]).to.equal("sh");
                const sh = shell === "dash" ? "dash" : `${path}/sh`;
                const [program = "", ...args] = [...asOther, "env", `PATH=${before}${path}`, sh, ...own.slice(1)];
                return await runToEnd(program, args, { cwd: "/" });
            };

            const keep = async (release: string, before?: string) => {
                const { command } = webObjects(recording).container("assets");
                const { code, stderr } = await execute(command, release, before);
                expect(stderr).to.equal("");
                expect(code).to.equal(0);
            };

            const job = async (release: string) => {
                const { command } = jobOf(recording).spec.template.spec.containers[0]!;
                const { code, stderr, stdout } = await execute(command, release);
                expect(stderr).to.equal("");
                expect(code).to.equal(0);
                return stdout;
            };

            const marks = () => onClaim().filter((name) => name.endsWith("/retired"));
            const backdate = (seconds: number) => {
                for (const mark of marks())
                    writeFileSync(join(claim(), mark), String(Math.floor(Date.now() / 1000) - seconds));
            };

            it("are what a release has in those folders: no PHP, nothing hidden, no links", async () => {
                image("one", "build/app.3f2a.css", "build/a name's $HOME.js", "dist/assets/deep/er/x.9c1b.woff2");
                image("one", "build/x.php", "build/.env", "build/.vite/manifest.json", "index.php", "robots.txt");
                symlinkSync("/etc/passwd", join(folder, "one/build/passwd.css"));
                symlinkSync("/etc", join(folder, "one/build/etc"));
                chmodSync(join(folder, "one/build/app.3f2a.css"), 0o444);
                await keep("one");
                const expected = ["build/a name's $HOME.js", "build/app.3f2a.css", "dist/assets/deep/er/x.9c1b.woff2"];
                expect(files()).to.deep.equal(expected.map((name) => `files/${name}`));
                for (const name of expected) {
                    const kept = join(claim(), "files", name);
                    expect(readFileSync(kept, "utf8")).to.equal(`${name} of one`);
                    expect(statSync(kept).mode & 0o777).to.equal(0o644);
                    expect(statSync(dirname(kept)).mode & 0o777).to.equal(0o755);
                }
                expect(onClaim().filter((name) => name.startsWith("temporary"))).to.deep.equal([]);
            });

            it("are there as soon as each of several pods that start at once is through", async () => {
                const names = Array.from({ length: 40 }, (_, i) => `build/${i % 7}/chunk.${i}.js`);
                image("one", ...names);
                await Promise.all(Array.from({ length: 6 }, () => keep("one")));
                expect(files()).to.deep.equal(names.map((name) => `files/${name}`).sort());
                expect(onClaim().filter((name) => name.startsWith("temporary"))).to.deep.equal([]);
            });

            it("ask nothing of the storage once a release has put its files there", async () => {
                image("one", "build/app.3f2a.css");
                await keep("one");
                const before = statSync(claim()).mtimeMs;
                rmSync(join(claim(), "files"), { recursive: true });
                await keep("one");
                expect(statSync(claim()).mtimeMs).to.be.at.least(before);
                expect(files()).to.deep.equal([]);
                expect(onClaim().filter((name) => name.startsWith("temporary"))).to.deep.equal([]);
                // The Job looks at each of them, and brings it back.
                await job("one");
                expect(files()).to.deep.equal(["files/build/app.3f2a.css"]);
            });

            it("go with their release when their time is over, and not before", async () => {
                image("one", "build/app.1111.css", "build/same.0000.js", "build/old/x.1111.js");
                image("two", "build/app.2222.css", "build/same.0000.js");
                await keep("one");
                expect(await job("one")).to.equal("");
                await keep("two");
                expect(marks()).to.deep.equal([]);
                expect(await job("two")).to.match(/^retired: \w+\n$/);
                expect(marks()).to.have.length(1);
                const all = ["app.1111.css", "app.2222.css", "old/x.1111.js", "same.0000.js"];
                expect(files()).to.deep.equal(all.map((name) => `files/build/${name}`));
                // A day, and the end of the last old pod.
                backdate(86_400 + 70 - 5);
                expect(await job("two")).to.equal("");
                expect(files()).to.have.length(4);
                backdate(86_400 + 70);
                expect(await job("two")).to.match(/^removed: \w+\n$/);
                expect(files()).to.deep.equal(["files/build/app.2222.css", "files/build/same.0000.js"]);
                expect(releases()).to.have.length(1);
                expect(existsSync(join(claim(), "files/build/old"))).to.equal(false);
                expect(onClaim().filter((name) => name.startsWith("temporary"))).to.deep.equal([]);
            });

            it("are counted from when another release came, also for one that comes back", async () => {
                image("one", "build/app.1111.css");
                image("two", "build/app.2222.css");
                for (const release of ["one", "two"]) {
                    await keep(release);
                    await job(release);
                }
                backdate(1_000_000);
                // Back: its pods start, before any Job.
                await keep("one");
                expect(marks()).to.deep.equal([]);
                await job("two");
                expect(files()).to.have.length(2);
                await keep("one");
                await job("one");
                expect(marks()).to.have.length(1);
                expect(Number(readFileSync(join(claim(), marks()[0] ?? ""), "utf8"))).to.be.closeTo(
                    Date.now() / 1000,
                    30,
                );
                expect(files()).to.have.length(2);
            });

            it("stay where a pod was cut while it put them there, and the next one goes on", async () => {
                image("one", "build/app.1111.css", "build/b.1111.css");
                image("two", "build/app.2222.css");
                await keep("one");
                const [release = ""] = releases();
                rmSync(join(claim(), release, "complete"));
                rmSync(join(claim(), "files/build/b.1111.css"));
                mkdirSync(join(claim(), "temporary-cut"));
                await keep("two");
                await job("two");
                expect(files()).to.include("files/build/app.1111.css");
                await keep("one");
                expect(files()).to.include("files/build/b.1111.css");
                expect(marks()).to.deep.equal([]);
            });

            it("are put there although their folder goes at that moment", async () => {
                image("one", "build/deep/app.3f2a.css");
                // The first of each folder finds none any more.
                const tools = join(folder, "tools");
                mkdirSync(tools);
                chmodSync(tools, 0o777);
                const real = shell === "dash" ? "/usr/bin/mv" : `${path}/mv`;
                writeFileSync(
                    join(tools, "mv"),
                    `#!/bin/sh
for target; do :; done
mark=${tools}/$(echo "$target" | tr / -)
if [ ! -e "$mark" ]; then
    : >"$mark"
    rmdir "\${target%/*}" 2>/dev/null && exit 1
fi
exec ${real} "$@"
`,
                );
                chmodSync(join(tools, "mv"), 0o755);
                await keep("one", `${tools}:`);
                expect(files()).to.deep.equal(["files/build/deep/app.3f2a.css"]);
                expect(globSync("*files*", { cwd: tools })).to.not.be.empty;
            });

            it("are none where a folder is missing, or a link: the pod does not start, and says why", async () => {
                image("one", "build/app.3f2a.css");
                const { command } = webObjects(recording).container("assets");
                const refused = async () => {
                    const { code, stderr } = await execute(command, "one");
                    expect(code).to.not.equal(0);
                    return stderr;
                };
                rmSync(join(folder, "one/dist"), { recursive: true });
                const why = `${join(folder, "one/dist/assets")} is no folder of this image. keptAssets.paths names it: take it out there, or build it.\n`;
                expect(await refused()).to.equal(why);
                mkdirSync(join(folder, "elsewhere/assets"), { recursive: true });
                symlinkSync("../elsewhere", join(folder, "one/dist"));
                expect(await refused()).to.equal(why);
            });
        });
    }
});
