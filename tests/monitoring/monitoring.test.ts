/** Alerts and dashboard of docs/monitoring in the hands of promtool. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse, stringify } from "yaml";

import { runToEnd } from "../../tools/common/commands";
import { needs } from "../helpers/needs";
import { dashboardQueries, type Groups, panelIds, readme, ruleObject } from "./documents";

const { kind, spec } = ruleObject;
const rules = spec.groups.flatMap((group) => group.rules);

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
        for (const { alert } of rules) if (alert !== undefined) expect(readme).to.include(`| \`${alert}\` |`);
    });

    it("has a dashboard of queries that Prometheus takes", async () => {
        const queries = dashboardQueries.map(({ panel, expr }, i) => ({
            record: `panel:${panel.toLowerCase().replaceAll(/\W/g, "_")}:${i}`,
            expr,
        }));
        expect(queries).to.not.be.empty;
        for (const { expr } of queries) expect(expr).to.not.include("$");
        const groups = { groups: [{ name: "dashboard", rules: queries }] };
        const { code, output } = await promtool(groups, "check", "rules", "rules.yaml");
        expect(code, output).to.equal(0);
        expect(new Set(panelIds).size).to.equal(panelIds.length);
    });
});
