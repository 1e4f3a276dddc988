/** Images of applications that nobody here wrote, from Debian's packages: one image each, as teams build them. */
import { phpFpm, type ImageRecipe } from "../../tools/lab/images/recipes";

const folder = "tests/applications/images";

export const mediawiki: ImageRecipe = {
    ...phpFpm,
    name: "mediawiki",
    packages: [...phpFpm.packages, "mediawiki", "php8.4-sqlite3", "php8.4-intl"],
    version: { ofPackage: "mediawiki" },
    finish: [...phpFpm.finish, `${folder}/mediawiki/finish.sh`],
};

export const dokuwiki: ImageRecipe = {
    ...phpFpm,
    name: "dokuwiki",
    packages: [...phpFpm.packages, "dokuwiki"],
    version: { ofPackage: "dokuwiki" },
    finish: [...phpFpm.finish, `${folder}/dokuwiki/finish.sh`],
};
