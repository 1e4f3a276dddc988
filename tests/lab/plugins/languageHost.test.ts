import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { expect } from "chai";

import { readOptions, runArguments, sdkScript, splitWords } from "../../../lab/plugins/language-nodejs/commandLine";
import { directDependencies, requiredPlugins } from "../../../lab/plugins/language-nodejs/packages";
import { root } from "../../../render/stackFile";

describe("options of Pulumi.yaml", () => {
    it("are read as the official host reads them", () => {
        expect(readOptions({})).to.deep.equal({ nodeArgs: [], typeScript: true, tsconfig: undefined });
        expect(readOptions({ typescript: false, nodeargs: "--import tsx" })).to.deep.include({
            typeScript: false,
            nodeArgs: ["--import", "tsx"],
        });
    });

    it("that the stand-in does not know are refused", () => {
        expect(() => readOptions({ transpiler: "x" })).to.throw("runtime.options has transpiler");
    });

    it("have words as a shell has them", () => {
        expect(splitWords(`--a "b c" --d='e f'  g`)).to.deep.equal(["--a", "b c", "--d=e f", "g"]);
    });
});

describe("a program's command line", () => {
    const request = new RunRequest();
    request.setProject("shop");
    request.setStack("dev");
    request.setPwd(root);
    request.setMonitorAddress("127.0.0.1:1");
    request.setParallel(8);
    request.setDryrun(true);
    request.getConfigMap().set("shop:config:web", "{}");
    request.setConfigsecretkeysList(["shop:secrets"]);
    const info = new ProgramInfo();
    info.setRootDirectory(root);
    info.setProgramDirectory(root);
    info.setEntryPoint(".");
    request.setInfo(info);

    it("is that of the SDK's own script", () => {
        const { args } = runArguments(
            request,
            "127.0.0.1:2",
            readOptions({ nodeargs: "--import tsx", typescript: false }),
        );
        expect(args).to.deep.equal([
            ...["--import", "tsx", sdkScript("run", root), "--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2"],
            ...["--project", "shop", "--root-directory", root, "--stack", "dev", "--pwd", root],
            ...["--parallel", "8", "--dry-run", "."],
        ]);
    });

    it("comes with the configuration, and says which of it is secret", () => {
        const { env } = runArguments(request, "127.0.0.1:2", readOptions({ typescript: false }));
        expect(env).to.deep.equal({
            PULUMI_CONFIG: '{"shop:web":"{}"}',
            PULUMI_CONFIG_SECRET_KEYS: '["shop:secrets"]',
        });
        expect(runArguments(request, "127.0.0.1:2", readOptions({})).env).to.include({
            PULUMI_NODEJS_TYPESCRIPT: "true",
        });
    });

    it("tells where there is no SDK", () => {
        expect(() => sdkScript("run", tmpdir())).to.throw(/no @pulumi\/pulumi to be found .* Run npm ci/);
    });
});

describe("plugins that a program needs", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "packages-"));
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const add = (path: string, manifest: object) => {
        mkdirSync(join(folder, path), { recursive: true });
        writeFileSync(join(folder, path, "package.json"), JSON.stringify(manifest));
    };

    it("are those of its packages, wherever they are installed", () => {
        add("node_modules/@pulumi/random", { name: "@pulumi/random", version: "4.0.0", pulumi: { resource: true } });
        add("node_modules/plain", { name: "plain", version: "1.0.0" });
        add("node_modules/component", {
            name: "component",
            version: "1.0.0",
            pulumi: { resource: true, name: "own", server: "s" },
        });
        add("node_modules/component/node_modules/@pulumi/random", {
            name: "@pulumi/random",
            version: "3.0.0",
            pulumi: { resource: true },
        });
        expect(requiredPlugins(folder)).to.have.deep.members([
            { name: "random", version: "4.0.0" },
            { name: "random", version: "3.0.0" },
            { name: "own", version: "1.0.0", server: "s" },
        ]);
    });

    it("of this project are two", () => {
        expect(requiredPlugins(root).map(({ name }) => name)).to.have.members([
            "kubernetes",
            "kubernetes-ingress-nginx",
        ]);
    });

    it("come beside a list of what the program depends on", () => {
        add("", { dependencies: { plain: "^1.0.0", absent: "1" } });
        add("node_modules/plain", { name: "plain", version: "1.2.3" });
        expect(directDependencies(folder)).to.deep.equal([
            { name: "plain", version: "1.2.3" },
            { name: "absent", version: "not installed" },
        ]);
    });
});
