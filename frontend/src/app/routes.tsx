import { createBrowserRouter, type RouteObject } from "react-router";
import { PageError } from "@/app/PageError";
import { Loading } from "@/app/Loading";
import { NotFoundPage } from "@/app/NotFoundPage";
import { SignedIn } from "@/app/SignedIn";
import { SignInPage } from "@/features/accounts/Session/SignInPage";

/** Every page is a chunk of its own: signing in loads nothing of what comes after it. */
const pages: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("@/features/orchestration/Dashboard/DashboardPage")).DashboardPage }),
  },
  {
    path: "services",
    lazy: async () => ({ Component: (await import("@/features/orchestration/Service/ListPage")).ServiceListPage }),
  },
  {
    path: "services/:id/:tab?",
    lazy: async () => ({ Component: (await import("@/features/orchestration/Service/DetailPage")).ServiceDetailPage }),
  },
  {
    path: "containers",
    lazy: async () => ({ Component: (await import("@/features/orchestration/Container/ListPage")).ContainerListPage }),
  },
  {
    path: "containers/:id/terminal",
    lazy: async () => ({ Component: (await import("@/features/streams/Terminal/TerminalPage")).TerminalPage }),
  },
  {
    path: "containers/:id/logs",
    lazy: async () => ({ Component: (await import("@/features/streams/Log/ContainerLogPage")).ContainerLogPage }),
  },
  {
    path: "nodes",
    lazy: async () => ({ Component: (await import("@/features/orchestration/Node/ListPage")).NodeListPage }),
  },
  {
    path: "users",
    lazy: async () => ({ Component: (await import("@/features/accounts/User/ListPage")).UserListPage }),
  },
  {
    path: "users/:username/:tab?",
    lazy: async () => ({ Component: (await import("@/features/accounts/User/DetailPage")).UserDetailPage }),
  },
  {
    path: "organizations",
    lazy: async () => ({ Component: (await import("@/features/accounts/Organization/ListPage")).OrganizationListPage }),
  },
  {
    path: "organizations/:organization/:tab?",
    lazy: async () => ({
      Component: (await import("@/features/accounts/Organization/DetailPage")).OrganizationDetailPage,
    }),
  },
  {
    path: "organizations/:organization/teams/:team",
    lazy: async () => ({ Component: (await import("@/features/accounts/Team/DetailPage")).TeamDetailPage }),
  },
  {
    path: "organizations/:organization/service-accounts/:account",
    lazy: async () => ({
      Component: (await import("@/features/accounts/ServiceAccount/DetailPage")).ServiceAccountDetailPage,
    }),
  },
  {
    path: "collections",
    lazy: async () => ({ Component: (await import("@/features/access/Collection/ListPage")).CollectionListPage }),
  },
  {
    path: "collections/:id",
    lazy: async () => ({ Component: (await import("@/features/access/Collection/DetailPage")).CollectionDetailPage }),
  },
  {
    path: "roles",
    lazy: async () => ({ Component: (await import("@/features/access/Role/ListPage")).RoleListPage }),
  },
  {
    path: "roles/:role/:tab?",
    lazy: async () => ({ Component: (await import("@/features/access/Role/DetailPage")).RoleDetailPage }),
  },
  {
    path: "grants",
    lazy: async () => ({ Component: (await import("@/features/access/Grant/ListPage")).GrantListPage }),
  },
  {
    path: "explorer/:tab?",
    lazy: async () => ({ Component: (await import("@/features/access/Explorer/ExplorerPage")).ExplorerPage }),
  },
  {
    path: "audit",
    lazy: async () => ({ Component: (await import("@/features/audit/Entry/ListPage")).AuditListPage }),
  },
  {
    path: "profile",
    lazy: async () => ({ Component: (await import("@/features/accounts/Profile/ProfilePage")).ProfilePage }),
  },
  { path: "*", Component: NotFoundPage },
];

export function createRouter() {
  return createBrowserRouter(
    [
      {
        ErrorBoundary: PageError,
        HydrateFallback: Loading,
        children: [
          { path: "sign-in", Component: SignInPage },
          { Component: SignedIn, children: [{ ErrorBoundary: PageError, children: pages }] },
        ],
      },
    ],
    { basename: "/ui/" },
  );
}
