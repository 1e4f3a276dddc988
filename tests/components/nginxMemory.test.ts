import { expect } from "chai";

import { describeNginxLimit, nginxLimit, requestsWithin } from "../../components/nginxMemory";

describe("the memory of nginx", () => {
    it("has room for as many requests as there is left beside nginx itself and its workers, 720 KiB each", () => {
        expect(requestsWithin({ containerLimit: "512Mi", workerProcesses: 2 })).to.equal(580);
        expect(requestsWithin({ containerLimit: "512Mi", workerProcesses: 4 })).to.equal(455);
        expect(requestsWithin({ containerLimit: "104Mi", workerProcesses: 2 })).to.equal(0);
        expect(requestsWithin({ containerLimit: "64Mi", workerProcesses: 2 })).to.be.below(0);
    });

    it("is told by the limit that so many requests need", () => {
        expect(nginxLimit(2, 580)).to.equal("512Mi");
        expect(nginxLimit(2, 1)).to.equal("105Mi");
        expect(describeNginxLimit(2, 16)).to.equal(
            "16Mi nginx itself + 2 workerProcesses x 44Mi + 16 requests x 720Ki",
        );
    });
});
