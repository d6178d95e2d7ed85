/** Every address of the interface and the view behind it; each view is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { searchOf } from "../features/data/filters";
import { releaseSearchOf } from "../features/releases/address";
import { NotFound } from "./NotFound";
import { Root } from "./Root";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("../features/my-work/MyWork")),
});
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const screens = [
  createRoute({
    getParentRoute: () => shell,
    path: "/projects",
    component: lazyRouteComponent(() => import("../features/projects/Projects")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/new",
    component: lazyRouteComponent(() => import("../features/new-project/NewProject")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project",
    component: lazyRouteComponent(() => import("../features/progress/Overview")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/add",
    component: lazyRouteComponent(() => import("../features/new-project/AddTasks")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/tasks",
    validateSearch: searchOf,
    component: lazyRouteComponent(() => import("../features/data/Tasks")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/guidelines",
    component: lazyRouteComponent(() => import("../features/guidelines/Guidelines")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/releases",
    validateSearch: releaseSearchOf,
    component: lazyRouteComponent(() => import("../features/releases/Releases")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/questions",
    component: lazyRouteComponent(() => import("../features/ontology/Questions")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/projects/$project/set-up",
    component: lazyRouteComponent(() => import("../features/settings/SetUp")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/people",
    component: lazyRouteComponent(() => import("../features/people/People")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/notifications",
    component: lazyRouteComponent(() => import("../features/notifications/Notifications")),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/settings",
    component: lazyRouteComponent(() => import("../features/settings/Settings")),
  }),
];
const label = createRoute({
  getParentRoute: () => root,
  path: "/projects/$project/label",
  component: lazyRouteComponent(() => import("../features/annotate/Workspace")),
});

export const router = createRouter({
  routeTree: root.addChildren([home, label, shell.addChildren(screens)]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
