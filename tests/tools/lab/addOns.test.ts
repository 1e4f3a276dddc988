import { expect } from "chai";
import { parse } from "yaml";

import { checkManifests } from "../../../policy/check";
import { addOnNames, addOnsToRun, type AddOn, noteAddOns, withAddOns } from "../../../tools/lab/addOns";
import { definitionsIn } from "../../../tools/lab/cluster/definitions";
import { monitoringGroups } from "../../../tools/lab/cluster/monitoring";
import { controllerNames, controllerOf } from "../../../tools/lab/controller";
import { imageToolsOf, recipesOf } from "../../../tools/lab/images";
import { monitoringImages, monitoringRecipes, references } from "../../../tools/lab/images/recipes";
import { readLabStackFile } from "../../../tools/lab/stack";
import { render } from "../../../tools/render/render";
import { recordingOfText } from "../../helpers/stacks";
import { nothingAsked } from "./nothingAsked";

describe("what the lab has beside its service", () => {
    const inFolder = nothingAsked("WITH");
    let notePath: string;

    beforeEach(() => {
        notePath = inFolder("lab/add-ons");
    });

    const toRun = (asked: string, noted?: readonly AddOn[]) => {
        process.env["WITH"] = asked;
        if (noted !== undefined) noteAddOns(noted, notePath);
        return addOnsToRun(notePath);
    };

    it("is nothing, or what is asked for", () => {
        expect(toRun("")).to.deep.equal([]);
        expect(toRun("monitoring")).to.deep.equal(["monitoring"]);
        expect(() => toRun("monitoring,grafana")).to.throw("WITH=grafana: the lab can have monitoring.");
    });

    it("is kept, and may come later", () => {
        expect(toRun("", ["monitoring"])).to.deep.equal(["monitoring"]);
        expect(toRun("", [])).to.deep.equal([]);
        expect(toRun("monitoring", [])).to.deep.equal(["monitoring"]);
    });

    it("costs a lab without it nothing: neither a build nor an image, nor a line of its stack file", () => {
        const plain = readLabStackFile("ingress-nginx", []);
        expect(withAddOns(plain, [])).to.equal(plain);
        for (const { name } of monitoringRecipes) {
            expect(recipesOf("ingress-nginx").map((recipe) => recipe.name)).to.not.include(name);
        }
        expect(imageToolsOf("ingress-nginx")).to.not.include("keda");
        expect(imageToolsOf("ingress-nginx", ["monitoring"]))
            .to.include("keda")
            .and.include("keda-adapter");
    });

    it("makes the stack scale on busy workers, behind every controller", async () => {
        for (const name of controllerNames) {
            const text = readLabStackFile(name, addOnNames);
            expect(controllerOf(text)).to.equal(name);
            const web = (parse(text) as { config: Record<string, object> }).config["php-web-service:web"];
            expect(web).to.have.nested.property("autoscaling.busyWorkersTargetPercent", 60);
            expect(web).to.have.nested.property("autoscaling.minReplicas", 2);
        }
        const objects = render(await recordingOfText(readLabStackFile("ingress-nginx", addOnNames)), true);
        const kinds = objects.map(({ kind }) => kind);
        expect(kinds).to.include("ScaledObject").and.include("PodMonitor").and.not.include("HorizontalPodAutoscaler");
        expect(checkManifests(objects).map(({ policy, message }) => `${policy}: ${message}`)).to.deep.equal([]);
    });

    it("runs images of the lab's", () => {
        const versions = [
            { name: "prometheus", version: "3.5.3+ds1-6" },
            { name: "prometheus-nginx-exporter", version: "1.5.1-1" },
        ];
        const made = monitoringRecipes.flatMap((recipe) => references(recipe, versions));
        expect(made).to.include.members(Object.values(monitoringImages));
    });

    it("waits for each CRD by its name", () => {
        const named = (file: string) => definitionsIn([file], monitoringGroups);
        expect(named("/x/keda.sh_scaledobjects.yaml")).to.deep.equal([
            "customresourcedefinition/scaledobjects.keda.sh",
        ]);
        expect(named("monitoring.coreos.com_podmonitors.yaml")).to.deep.equal([
            "customresourcedefinition/podmonitors.monitoring.coreos.com",
        ]);
        expect(named("eventing.keda.sh_cloudeventsources.yaml")).to.deep.equal([
            "customresourcedefinition/cloudeventsources.eventing.keda.sh",
        ]);
    });
});
