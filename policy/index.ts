/** The policy pack: `pulumi preview --policy-pack policy`. Pulumi starts it through index.cjs. */
import { PolicyPack } from "@pulumi/policy";

import { RegisteredInputs, toPolicy } from "./adapter";
import { rules } from "./rules";

const inputs = new RegisteredInputs();

new PolicyPack("zero-loss", {
    description: "Scaling out, scaling in and deploying never lose a request.",
    policies: rules.map((rule) => toPolicy(rule, inputs)),
});
