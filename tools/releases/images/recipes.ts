/** Images of the sample application and of what it needs, from Debian's packages. */
import { basePackages, phpFpm, type ImageRecipe } from "../../lab/images/recipes";

const folder = "tools/releases/images";

export const shop: ImageRecipe = {
    ...phpFpm,
    name: "shop",
    packages: [...phpFpm.packages, "php8.4-pgsql", "php8.4-redis"],
    finish: [...phpFpm.finish, `${folder}/shop/finish.sh`],
};

export const postgresql: ImageRecipe = {
    name: "postgresql",
    packages: [...basePackages, "postgresql-17", "dash", "coreutils"],
    version: { ofPackage: "postgresql-17" },
    finish: [`${folder}/postgresql/finish.sh`],
    from: {},
    config: { user: "70:70" },
};

export const valkey: ImageRecipe = {
    name: "valkey",
    packages: [...basePackages, "valkey-server"],
    version: { ofPackage: "valkey-server" },
    finish: [`${folder}/valkey/finish.sh`],
    from: {},
    config: { user: "71:71" },
};
