import {
  Content,
  Label,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavGroup,
  NavItem,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
  Tooltip,
} from "@patternfly/react-core";
import BarsIcon from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import { Suspense, useState } from "react";
import { Link, Outlet, useLocation, type LinkProps } from "react-router";
import { Loading } from "@/app/Loading";
import logo from "@/app/favicon.svg";
import { ThemeToggle } from "@/app/ThemeToggle";
import { UserMenu } from "@/app/UserMenu";
import type { Me } from "@/api/types";
import { ClusterNotice } from "@/features/orchestration/Cluster/ClusterNotice";
import { useSession } from "@/features/accounts/Session/queries";
import { useLiveState } from "@/features/streams/Event/LiveProvider";

interface Entry {
  label: string;
  to: string;
  isShown?: (me: Me) => boolean;
}

const NAVIGATION: { title: string; entries: Entry[] }[] = [
  {
    title: "Swarm",
    entries: [
      { label: "Dashboard", to: "/" },
      { label: "Services", to: "/services" },
      { label: "Containers", to: "/containers" },
      { label: "Nodes", to: "/nodes" },
    ],
  },
  {
    title: "Access",
    entries: [
      { label: "Users", to: "/users", isShown: (me) => seesAccounts(me) },
      { label: "Organisations", to: "/organizations" },
      { label: "Collections", to: "/collections" },
      { label: "Roles", to: "/roles" },
      { label: "Grants", to: "/grants" },
      { label: "Access explorer", to: "/explorer" },
      { label: "Audit log", to: "/audit", isShown: (me) => Boolean(me.capabilities.view_audit) },
    ],
  },
];

/** Pages whose content is old while an engine does not answer; the dashboard says so itself. */
const SHOWS_THE_SWARM = /^\/(services|containers|nodes)(\/|$)/;

function seesAccounts(me: Me): boolean {
  return Boolean(me.capabilities.administrator || me.capabilities.view_accounts || me.capabilities.create_user);
}

export function Shell() {
  const [isNarrow, setNarrow] = useState(false);
  const [isOpen, setOpen] = useState(true);
  // On a narrow screen the navigation lies over the page: closed until asked for, and after each choice.
  const onResize = (_: unknown, { mobileView }: { mobileView: boolean }) => {
    if (mobileView === isNarrow) return;
    setNarrow(mobileView);
    setOpen(!mobileView);
  };
  return (
    <Page
      masthead={<ConsoleMasthead isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
      sidebar={<ConsoleSidebar isOpen={isOpen} onSelect={() => isNarrow && setOpen(false)} />}
      skipToContent={<SkipToContent href="#content">Skip to the content</SkipToContent>}
      mainContainerId="content"
      mainAriaLabel="Content"
      mainTabIndex={-1}
      isContentFilled
      onPageResize={onResize}
    >
      {SHOWS_THE_SWARM.test(useLocation().pathname) && <ClusterNotice />}
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </Page>
  );
}

function ConsoleMasthead({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            aria-label={isOpen ? "Hide the navigation" : "Show the navigation"}
            isSidebarOpen={isOpen}
            onSidebarToggle={onToggle}
          >
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={HomeLink}>
            <span className="qd-brand">
              <img src={logo} alt="" width={28} height={28} />
              <Content component="p" className="qd-brand-name">
                Quarterdeck
              </Content>
            </span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup variant="action-group-plain" align={{ default: "alignEnd" }}>
              <ToolbarItem alignSelf="center">
                <LiveLabel />
              </ToolbarItem>
              <ToolbarItem>
                <ThemeToggle />
              </ToolbarItem>
              <ToolbarItem>
                <UserMenu />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

/** A component of its own: an inline one would be another one at each rendering, and make everything in it anew. */
function HomeLink(props: Omit<LinkProps, "to">) {
  return <Link {...props} to="/" aria-label="Quarterdeck, to the dashboard" />;
}

/** Says so while what is on the screen may be out of date; says nothing while all is well. */
function LiveLabel() {
  if (useLiveState() !== "interrupted") return null;
  return (
    <Tooltip content="The connection for live updates was lost. It comes back by itself; lists are then read anew.">
      <Label status="warning" tabIndex={0}>
        Reconnecting
      </Label>
    </Tooltip>
  );
}

function ConsoleSidebar({ isOpen, onSelect }: { isOpen: boolean; onSelect: () => void }) {
  const me = useSession();
  const { pathname } = useLocation();
  const isActive = (to: string) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`));
  return (
    <PageSidebar isSidebarOpen={isOpen}>
      <PageSidebarBody>
        <Nav aria-label="Pages" onSelect={onSelect}>
          {NAVIGATION.map(({ title, entries }) => (
            <NavGroup key={title} title={title}>
              {entries
                .filter(({ isShown }) => isShown?.(me) ?? true)
                .map(({ label, to }) => (
                  <NavItem key={to} itemId={to} isActive={isActive(to)}>
                    <Link to={to} aria-current={isActive(to) ? "page" : undefined}>
                      {label}
                    </Link>
                  </NavItem>
                ))}
            </NavGroup>
          ))}
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
