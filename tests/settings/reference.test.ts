import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../tools/common/paths";
import { settingsReference } from "../../settings/reference";
import { settingsSchema } from "../../settings/schema";
import { allKeys } from "../../settings/schemaTree";

describe("docs/settings.md", () => {
    it("lists the settings as they are now (npm run docs writes it anew)", () => {
        expect(readFileSync(join(repositoryRoot, "docs", "settings.md"), "utf8")).to.equal(settingsReference());
    });

    it("says of every key what it means", () => {
        const sections =
            /^(web|ingressController|metricsServer|cluster)$|\.(resources|requests|limits|drain|nginx|phpFpm|app|rollout|chart|scaleUp|scaleDown)$/;
        const silent = allKeys(settingsSchema)
            .filter(({ path, description }) => description === undefined && !sections.test(path))
            .map(({ path }) => path);
        expect(silent).to.deep.equal([]);
    });
});
