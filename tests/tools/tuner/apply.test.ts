import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { describeDiff, edited } from "../../../tools/tuner/apply";
import type { Change, TunedKey } from "../../../tools/tuner/search/changes";
import { readStack, StackError } from "../../../tools/tuner/stack";

const to = (key: TunedKey, value: number): Change => ({ key, from: 0, to: value });

const all: readonly Change[] = [
    to("minReplicas", 5),
    to("maxReplicas", 40),
    to("targetCPUUtilizationPercentage", 45),
    to("scaleDown.stabilizationWindowSeconds", 900),
];

describe("a change of a stack file", () => {
    it("replaces values where they stand, and keeps comments, order and layout", () => {
        const before = [
            "# What prod is.",
            "config:",
            "    php-web-service:web:   # the service",
            "        host: 'www.example.com'",
            "",
            "        autoscaling:",
            "            minReplicas:   3 # two zones, and one to spare",
            "            # agreed with finance",
            "            maxReplicas: 24",
            "            scaleDown: # calm",
            "                stabilizationWindowSeconds: 300",
            "        replicasNote: >-",
            "            long",
            "            text",
            "    other:key: 1",
            "",
        ].join("\n");
        const after = edited(before, all);
        expect(after.split("\n")).to.deep.equal([
            "# What prod is.",
            "config:",
            "    php-web-service:web:   # the service",
            "        host: 'www.example.com'",
            "",
            "        autoscaling:",
            "            minReplicas:   5 # two zones, and one to spare",
            "            # agreed with finance",
            "            maxReplicas: 40",
            "            scaleDown: # calm",
            "                stabilizationWindowSeconds: 900",
            "            targetCPUUtilizationPercentage: 45",
            "        replicasNote: >-",
            "            long",
            "            text",
            "    other:key: 1",
            "",
        ]);
    });

    it("adds the sections that are missing", () => {
        expect(edited("config:\n  web:\n    host: a.example.com # ours\n  other: 1\n", all)).to.equal(
            "config:\n  web:\n    host: a.example.com # ours\n    autoscaling:\n      minReplicas: 5\n" +
                "      maxReplicas: 40\n      targetCPUUtilizationPercentage: 45\n      scaleDown:\n" +
                "        stabilizationWindowSeconds: 900\n  other: 1\n",
        );
        expect(edited("config:\n  aws:region: eu\n", [to("minReplicas", 5)])).to.equal(
            "config:\n  aws:region: eu\n  php-web-service:web:\n    autoscaling:\n      minReplicas: 5\n",
        );
    });

    it("keeps Windows' line ends, and ends a last line that has none", () => {
        expect(edited("config:\r\n  web:\r\n    autoscaling:\r\n      minReplicas: 2\r\n", all.slice(0, 2))).to.equal(
            "config:\r\n  web:\r\n    autoscaling:\r\n      minReplicas: 5\r\n      maxReplicas: 40\r\n",
        );
        expect(edited("config:\n  web:\n    host: a", [to("minReplicas", 5)])).to.equal(
            "config:\n  web:\n    host: a\n    autoscaling:\n      minReplicas: 5\n",
        );
    });

    it("replaces and adds in a section of one line", () => {
        const flow = "config:\n  web:\n    autoscaling: { minReplicas: 3, maxReplicas: 9 } # both zones\n    host: a\n";
        expect(edited(flow, all)).to.equal(
            "config:\n  web:\n    autoscaling: { minReplicas: 5, maxReplicas: 40, targetCPUUtilizationPercentage: 45, " +
                "scaleDown: { stabilizationWindowSeconds: 900 } } # both zones\n    host: a\n",
        );
    });

    it("puts a target of busy workers beside CPU's", () => {
        const before =
            "config:\n  web:\n    autoscaling:\n      kind: keda\n      maxReplicas: 9\n    monitoring: {}\n";
        const added: Change = { key: "busyWorkersTargetPercent", from: undefined, to: 70 };
        const after = edited(before, [added]);
        expect(after).to.equal(
            before.replace("maxReplicas: 9\n", "maxReplicas: 9\n      busyWorkersTargetPercent: 70\n"),
        );
        expect(edited(after, [to("busyWorkersTargetPercent", 85)])).to.equal(after.replace("70", "85"));
    });

    it("is refused where the layout is another, rather than half done", () => {
        const shared = "config:\n  web:\n    autoscaling: &bounds\n      minReplicas: 3\n  other: *bounds\n";
        expect(edited(shared, [to("minReplicas", 5)])).to.include("minReplicas: 5");
        for (const text of [
            'config:\n  web: \'{"host":"a"}\'\n',
            "config:\n  web:\n    autoscaling:\n",
            "config: {}\n",
        ]) {
            expect(() => edited(text, [to("minReplicas", 5)]), text).to.throw(
                StackError,
                /^The stack file is laid out in a way that is not edited here\. Set it by hand: .*web\.autoscaling\.minReplicas: 5$/,
            );
        }
    });

    for (const stack of ["dev", "lab", "prod"]) {
        it(`is understood in stack ${stack}`, () => {
            const text = readFileSync(join(__dirname, "../../..", `Pulumi.${stack}.yaml`), "utf8");
            const { setting } = readStack(edited(text, all), stack);
            expect([
                setting.minReplicas,
                setting.maxReplicas,
                setting.targetCPUUtilizationPercentage,
                setting.scaleDown.stabilizationWindowSeconds,
            ]).to.deep.equal([5, 40, 45, 900]);
        });
    }

    it("is shown as a diff", () => {
        const before = "config:\n  web:\n    autoscaling:\n      minReplicas: 3\n      maxReplicas: 24\n  other: 1\n";
        expect(describeDiff(before, edited(before, [to("minReplicas", 5)]), "Pulumi.prod.yaml")).to.equal(
            "--- Pulumi.prod.yaml\n+++ Pulumi.prod.yaml\n@@ +2,5 @@\n   web:\n     autoscaling:\n" +
                "-      minReplicas: 3\n+      minReplicas: 5\n       maxReplicas: 24\n   other: 1",
        );
        expect(describeDiff(before, before, "Pulumi.prod.yaml")).to.equal("");
    });
});

describe("a stack that is tuned", () => {
    const read = (...lines: readonly string[]) => readStack(["config:", "  web:", ...lines].join("\n"), "prod");

    it("has the defaults of the settings", () => {
        expect(read("    host: a.example.com").setting).to.include({
            minReplicas: 3,
            targetCPUUtilizationPercentage: 60,
        });
    });

    it("is refused where there is no autoscaler, or another one than is modelled", () => {
        expect(() => read("    replicas: 4")).to.throw(StackError, "fixed number of replicas, 4");
        const triggers = "{ kind: keda, triggers: [{ type: cron, metadata: {} }] }";
        expect(() => read(`    autoscaling: ${triggers}`)).to.throw(StackError, "KEDA triggers beside CPU");
    });

    it("knows its target of busy workers, and what one would take", () => {
        const keda = "    autoscaling: { kind: keda, busyWorkersTargetPercent: 70 }";
        expect(read(keda, "    monitoring: {}").setting.busyWorkersTargetPercent).to.equal(70);
        const needed = (...lines: readonly string[]) => read(...lines).neededForBusyWorkers;
        expect(needed(keda, "    monitoring: {}")).to.deep.equal([]);
        expect(needed("    host: a.example.com")).to.deep.equal([
            ["autoscaling.kind", "keda"],
            ["monitoring", "{}"],
        ]);
        expect(needed("    autoscaling: { kind: keda }", "    monitoring: { intervalSeconds: 30 }")).to.deep.equal([
            ["monitoring.intervalSeconds", "5"],
        ]);
    });

    it("is refused with the program's own words where the program refuses it", () => {
        expect(() => read("    hostt: a")).to.throw(
            StackError,
            "php-web-service:web.hostt: unknown key. Did you mean web.host?",
        );
        expect(() => readStack("config: [", "prod")).to.throw(StackError, "Pulumi.prod.yaml: line 1: ");
    });
});
