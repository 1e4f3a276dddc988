import { expect } from "chai";

import { UsageError } from "../../../../tools/common/commandLine";
import { accessTo } from "../../../../tools/tuner/traffic/prometheusAccess";

describe("who asks Prometheus", () => {
    const url = "https://prometheus.example.com/prefix";

    it("is told by a token, or by a name and a password, from the environment", () => {
        expect(accessTo(url, undefined, {})).to.deep.equal({ url, headers: {} });
        expect(accessTo(url, undefined, { PROMETHEUS_TOKEN: "t" }).headers).to.deep.equal({
            Authorization: "Bearer t",
        });
        const basic = { Authorization: `Basic ${Buffer.from("me:p:w").toString("base64")}` };
        expect(accessTo(url, undefined, { PROMETHEUS_USER: "me", PROMETHEUS_PASSWORD: "p:w" }).headers).to.deep.equal(
            basic,
        );
    });

    it("has a tenant", () => {
        expect(accessTo(url, "shop", {}).headers).to.deep.equal({ "X-Scope-OrgID": "shop" });
    });

    it("is never shown with a password, be the URL right or wrong", () => {
        const access = accessTo("https://me:p%40w@prometheus.example.com/prefix", undefined, {});
        expect(access.url).to.equal(url);
        expect(access.headers).to.deep.equal({ Authorization: `Basic ${Buffer.from("me:p@w").toString("base64")}` });
        expect(() => accessTo("ftp://me:secret@host", undefined, {})).to.throw(
            UsageError,
            "--prometheus ftp://host: a URL",
        );
    });
});
