import type * as pulumi from "@pulumi/pulumi";

/** What the objects of one service have in common. No name: Pulumi gives it. */
export interface ObjectMetadata {
    readonly namespace: pulumi.Output<string>;
    readonly labels: Readonly<Record<string, string>>;
}
