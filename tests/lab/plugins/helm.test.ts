import { expect } from "chai";

import {
    chartArguments,
    installArguments,
    supportedInputs,
    valuesText,
} from "../../../lab/plugins/kubernetes/helm/release";

const release = {
    name: "controller",
    namespace: "ingress-nginx",
    chart: "ingress-nginx",
    version: "4.15.1",
    repositoryOpts: { repo: "https://charts.example.com" },
    values: { controller: { kind: "DaemonSet" } },
};

describe("what helm is told of a Release", () => {
    it("is its chart, and to wait for it", () => {
        expect(installArguments("install", release)).to.deep.equal([
            ...[
                "install",
                "controller",
                "ingress-nginx",
                "--repo",
                "https://charts.example.com",
                "--version",
                "4.15.1",
            ],
            ...["--namespace", "ingress-nginx", "--values", "-", "--wait", "--timeout", "300s", "--output", "json"],
        ]);
        expect(JSON.parse(valuesText(release))).to.deep.equal(release.values);
    });

    it("is what its inputs say", () => {
        const args = installArguments("upgrade", {
            ...release,
            skipAwait: true,
            timeout: 60,
            atomic: true,
            cleanupOnFail: true,
        });
        expect(args).to.include.members(["--atomic", "--cleanup-on-fail", "60s"]).and.not.include("--wait");
        expect(installArguments("install", { ...release, cleanupOnFail: true })).to.not.include("--cleanup-on-fail");
    });

    it("has no repository beside an OCI address", () => {
        const chart = "oci://registry.example.com/charts/ingress-nginx";
        expect(chartArguments({ ...release, chart })).to.deep.equal([chart, "--version", "4.15.1"]);
    });

    it("has no password on its command line", () => {
        expect(() => chartArguments({ ...release, repositoryOpts: { password: "hunter2" } })).to.throw(
            /^(?!.*hunter2).*repositoryOpts\.password is not supported/,
        );
    });

    it("refuses what is not supported, unless it is off", () => {
        expect(supportedInputs({ ...release, compat: "true", verify: false, lint: null })).to.deep.equal(release);
        expect(() => supportedInputs({ ...release, postrender: "x" })).to.throw("postrender is not supported");
    });
});
