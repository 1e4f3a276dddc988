import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { installPlugins } from "../../../../tools/lab/plugins/install";
import { fileName, folderName, plugins, type Plugin } from "../../../../tools/lab/plugins/official";
import { defaultKubernetes } from "../../../../tools/lab/toolchain/catalogue";
import { suitableOnPath } from "../../../../tools/lab/toolchain/onPath";

describe("installing the plugins", () => {
    let folder: string;
    let lines: string[];
    const { HOME, PATH, PULUMI_HOME } = process.env;

    beforeEach(() => {
        folder = realpathSync(mkdtempSync(join(tmpdir(), "plugins-")));
        lines = [];
        // A machine may have official plugins.
        process.env["HOME"] = folder;
        process.env["PULUMI_HOME"] = folder;
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
        process.env["HOME"] = HOME;
        process.env["PATH"] = PATH;
        if (PULUMI_HOME === undefined) delete process.env["PULUMI_HOME"];
        else process.env["PULUMI_HOME"] = PULUMI_HOME;
    });

    const install = () =>
        installPlugins({
            pulumiHome: join(folder, "home"),
            kubernetesProvider: "/built/provider",
            report: (line) => lines.push(line),
        });
    const installed = (plugin: Plugin) => join(folder, "home/plugins", folderName(plugin), fileName(plugin));

    it("puts programs where the engine looks for them, by the versions of the npm packages", async () => {
        await install();
        expect(lines.filter((line) => line.includes("stand-in"))).to.have.length(2);
        expect(readlinkSync(installed(plugins.kubernetes))).to.equal("/built/provider");
        for (const plugin of [plugins.nodejs, plugins.ingressNginx]) {
            expect(lstatSync(join(installed(plugin), "..")).isDirectory()).to.equal(true);
            const child = spawn(installed(plugin), ["127.0.0.1:1"], { stdio: ["pipe", "pipe", "inherit"] });
            const [port] = (await once(child.stdout, "data")) as [Buffer];
            expect(String(port)).to.match(/^\d+\n$/);
            // As when the engine is gone.
            child.stdin.end();
            await once(child, "exit");
        }
    }).timeout(20_000);

    /** Makes an official plugin on PATH or in the user's PULUMI_HOME; returns its path. */
    const makeOfficial = (plugin: Plugin, place: "PATH" | "PULUMI_HOME") => {
        const home = join(folder, "user");
        const official = place === "PATH" ? join(folder, "bin") : join(home, "plugins", folderName(plugin));
        mkdirSync(official, { recursive: true });
        writeFileSync(join(official, fileName(plugin)), "", { mode: 0o755 });
        process.env["PATH"] = place === "PATH" ? `${official}:${PATH ?? ""}` : PATH;
        process.env["PULUMI_HOME"] = home;
        return join(official, fileName(plugin));
    };

    for (const place of ["PATH", "PULUMI_HOME"] as const) {
        it(`takes an official plugin on ${place} instead of a stand-in`, async () => {
            const program = makeOfficial(plugins.nodejs, place);
            await install();
            expect(readlinkSync(installed(plugins.nodejs))).to.equal(program);
            expect(lines.find((line) => line.includes("nodejs"))).to.include(program);
        });

        it(`takes an official provider on ${place} instead of building one`, async () => {
            expect(await suitableOnPath("pulumi-resource-kubernetes", defaultKubernetes)).to.equal(undefined);
            const program = makeOfficial(plugins.kubernetes, place);
            expect(await suitableOnPath("pulumi-resource-kubernetes", defaultKubernetes)).to.equal(program);
        });
    }

    it("takes a stand-in for no official plugin", async () => {
        await install();
        process.env["PULUMI_HOME"] = join(folder, "home");
        lines = [];
        await install();
        expect(lines.filter((line) => line.includes("stand-in"))).to.have.length(2);
    });
});
