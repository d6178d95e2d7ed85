/** Every address of the interface and the view behind it; each view is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { searchOf } from "../features/data/filters";
import { goldSearchOf } from "../features/gold/search";
import { qualitySearchOf } from "../features/quality/search";
import { releaseSearchOf } from "../features/releases/address";
import { NotFound } from "./NotFound";
import { Root } from "./Root";
import { Shell } from "./Shell";
import { view } from "./view";

/** What a view reads of its address, and nothing beside it: the router would hand down what was not read as it came. */
function alone<Search extends object>(read: (given: Record<string, unknown>) => Search) {
  return (given: Record<string, unknown>): Search => ({
    ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])),
    ...read(given),
  });
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: view(() => import("../features/my-work/MyWork")),
});
const history = createRoute({
  getParentRoute: () => root,
  path: "/history",
  component: view(() => import("../features/my-work/History")),
});
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const screens = [
  createRoute({
    getParentRoute: () => shell,
    path: "/projects",
    component: view(() => import("../features/projects/Projects")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/new",
    component: view(() => import("../features/new-project/NewProject")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project",
    component: view(() => import("../features/progress/Overview")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/add",
    component: view(() => import("../features/new-project/AddTasks")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/tasks",
    validateSearch: alone(searchOf),
    component: view(() => import("../features/data/Tasks")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/quality",
    validateSearch: alone(qualitySearchOf),
    component: view(() => import("../features/quality/Quality")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/gold",
    validateSearch: alone(goldSearchOf),
    component: view(() => import("../features/gold/Gold")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/appeals",
    component: view(() => import("../features/offers/Appeals")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/guidelines",
    component: view(() => import("../features/guidelines/Guidelines")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/releases",
    validateSearch: alone(releaseSearchOf),
    component: view(() => import("../features/releases/Releases")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/questions",
    component: view(() => import("../features/ontology/Questions")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/set-up",
    component: view(() => import("../features/settings/SetUp")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/people",
    component: view(() => import("../features/people/People")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/skills",
    component: view(() => import("../features/skills/Skills")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/trust",
    component: view(() => import("../features/trust/Trust")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/operator",
    component: view(() => import("../features/operator/Operator")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/holds",
    component: view(() => import("../features/holds/Holds")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/notifications",
    component: view(() => import("../features/notifications/Notifications")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/settings",
    component: view(() => import("../features/settings/Settings")),
  }),
];
const label = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/label",
  component: view(() => import("../features/annotate/Workspace")),
});
const exam = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/exam",
  component: view(() => import("../features/exams/Exam")),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/audit",
  component: view(() => import("../features/audits/Audit")),
});
const review = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/review",
  component: view(() => import("../features/review/Review")),
});
const adjudicate = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/adjudicate",
  component: view(() => import("../features/adjudicate/Adjudicate")),
});

export const router = createRouter({
  routeTree: root.addChildren([home, history, label, exam, audit, review, adjudicate, shell.addChildren(screens)]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
