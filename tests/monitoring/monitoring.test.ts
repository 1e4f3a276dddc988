/** Alerts and dashboard of docs/monitoring in the hands of promtool. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse, stringify } from "yaml";

import { runToEnd } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { needs } from "../helpers/needs";

interface Rule {
    readonly alert?: string;
    readonly record?: string;
    readonly expr: string;
}

interface Groups {
    readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const read = (name: string) => readFileSync(join(repositoryRoot, "docs/monitoring", name), "utf8");
const { kind, spec } = parse(read("prometheus-rule.yaml")) as { readonly kind: string; readonly spec: Groups };
const rules = spec.groups.flatMap((group) => group.rules);

interface Dashboard {
    readonly panels: readonly {
        readonly id: number;
        readonly title: string;
        readonly targets: readonly { readonly expr: string }[];
    }[];
}
const dashboard = JSON.parse(read("dashboard.json")) as Dashboard;

describe("docs/monitoring", () => {
    let folder: string;
    before(needs("promtool"));
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "monitoring-test-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const promtool = async (groups: Groups, ...args: readonly string[]) => {
        writeFileSync(join(folder, "rules.yaml"), stringify(groups));
        const { code, stdout, stderr } = await runToEnd("promtool", args, { cwd: folder });
        return { code, output: stdout + stderr };
    };

    it("has rules that Prometheus takes, as an object of its operator", async () => {
        expect(kind).to.equal("PrometheusRule");
        const { code, output } = await promtool(spec, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml");
        expect(code, output).to.equal(0);
    });

    it("has alerts that come when they should, and not just before", async () => {
        cpSync(join(__dirname, "alerts.yaml"), join(folder, "alerts.yaml"));
        const { code, output } = await promtool(spec, "test", "rules", "alerts.yaml");
        expect(code, output).to.equal(0);
    });

    it("plays each alert, once where it comes and once where it does not", () => {
        interface Played {
            readonly tests: readonly {
                readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: unknown }[];
            }[];
        }
        const { tests } = parse(readFileSync(join(__dirname, "alerts.yaml"), "utf8")) as Played;
        const played = tests.flatMap((each) => each.alert_rule_test);
        const names = rules.flatMap(({ alert }) => alert ?? []);
        expect(names).to.not.be.empty;
        for (const name of names) {
            const ofName = played.filter(({ alertname }) => alertname === name);
            expect(
                ofName.some((each) => each.exp_alerts === undefined),
                `${name} stays away`,
            ).to.equal(true);
            expect(
                ofName.some((each) => each.exp_alerts !== undefined),
                `${name} comes`,
            ).to.equal(true);
        }
    });

    it("tells of each alert what it means", () => {
        const text = read("README.md");
        for (const { alert } of rules) if (alert !== undefined) expect(text).to.include(`| \`${alert}\` |`);
    });

    it("has a dashboard of queries that Prometheus takes", async () => {
        const queries = dashboard.panels.flatMap(({ title, targets }) =>
            targets.map(({ expr }, i) => ({
                record: `panel:${title.toLowerCase().replaceAll(/\W/g, "_")}:${i}`,
                expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$namespace", "web"),
            })),
        );
        expect(queries).to.not.be.empty;
        for (const { expr } of queries) expect(expr).to.not.include("$");
        const groups = { groups: [{ name: "dashboard", rules: queries }] };
        const { code, output } = await promtool(groups, "check", "rules", "rules.yaml");
        expect(code, output).to.equal(0);
        expect(new Set(dashboard.panels.map(({ id }) => id)).size).to.equal(dashboard.panels.length);
    });
});
