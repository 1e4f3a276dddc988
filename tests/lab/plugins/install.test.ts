import { execFileSync } from "node:child_process";
import {
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readlinkSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { version as kubernetesVersion } from "@pulumi/kubernetes/package.json";
import { expect } from "chai";

import { installPlugins } from "../../../lab/plugins/install";

describe("installing the plugins", () => {
    let folder: string;
    let lines: string[];
    const { HOME, PATH, PULUMI_HOME } = process.env;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "plugins-"));
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
            report: (line) => lines.push(line),
        });
    const kubernetes = () => join(folder, "home/plugins", `resource-kubernetes-v${kubernetesVersion}`);

    it("puts programs where the engine looks for them, by the versions of the npm packages", async () => {
        await install();
        expect(lines.filter((line) => line.includes("stand-in"))).to.have.length(3);
        expect(lstatSync(kubernetes()).isDirectory()).to.equal(true);
        const launcher = join(kubernetes(), "pulumi-resource-kubernetes");
        expect(statSync(launcher).mode & 0o111).to.equal(0o111);
        let message = "";
        try {
            execFileSync(launcher, [], { stdio: "pipe" });
        } catch (error) {
            message = String(error);
        }
        expect(message).to.include("the engine's address is missing");
    });

    it("leaves what is up to date", async () => {
        await install();
        const path = join(kubernetes(), "plugin.cjs");
        const { ino } = statSync(path);
        await install();
        expect(statSync(path).ino).to.equal(ino);
        writeFileSync(path, "outdated");
        await install();
        expect(readFileSync(path, "utf8")).to.not.equal("outdated");
    });

    for (const place of ["PATH", "PULUMI_HOME"] as const) {
        it(`takes an official plugin on ${place} instead`, async () => {
            const home = join(folder, "user");
            const official =
                place === "PATH"
                    ? join(folder, "bin")
                    : join(home, "plugins", `resource-kubernetes-v${kubernetesVersion}`);
            mkdirSync(official, { recursive: true });
            const program = join(official, "pulumi-resource-kubernetes");
            writeFileSync(program, "", { mode: 0o755 });
            process.env["PATH"] = place === "PATH" ? `${official}:${PATH ?? ""}` : PATH;
            process.env["PULUMI_HOME"] = home;
            await install();
            expect(readlinkSync(join(kubernetes(), "pulumi-resource-kubernetes"))).to.equal(program);
            expect(lines.find((line) => line.includes("official"))).to.include(program);
        });
    }
});
