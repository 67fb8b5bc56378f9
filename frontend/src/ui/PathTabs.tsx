import { PageSection, Tab, TabTitleText, Tabs } from "@patternfly/react-core";
import { useId, type ReactNode } from "react";
import { useHref, useNavigate } from "react-router";

interface Props {
  label: string;
  /** The address of the first tab; each other one is `base/key`. */
  base: string;
  tabs: readonly { key: string; title: string }[];
  active: string;
  /** Kept from tab to tab: what stands after the path, with its question mark. */
  search?: string;
  /** The content fills the window, and scrolls within itself. */
  isFilling?: boolean;
  children: ReactNode;
}

/** Tabs that are addresses, over the content of the active one. */
export function PathTabs({ label, base, tabs, active, search = "", isFilling = false, children }: Props) {
  const id = useId();
  const navigate = useNavigate();
  const href = useHref(base);
  const suffix = (key: string | number) => (key === tabs[0]?.key ? "" : `/${key}`);
  return (
    <>
      <PageSection type="tabs">
        <Tabs
          activeKey={active}
          aria-label={label}
          component="nav"
          usePageInsets
          onSelect={(event, key) => {
            event.preventDefault();
            void navigate(base + suffix(key) + search);
          }}
        >
          {tabs.map((tab) => (
            <Tab
              key={tab.key}
              eventKey={tab.key}
              href={href + suffix(tab.key) + search}
              tabContentId={id}
              title={<TabTitleText>{tab.title}</TabTitleText>}
            />
          ))}
        </Tabs>
      </PageSection>
      <PageSection
        isFilled
        id={id}
        role="tabpanel"
        aria-label={tabs.find((tab) => tab.key === active)?.title ?? label}
        className={isFilling ? "qd-fill" : undefined}
      >
        {children}
      </PageSection>
    </>
  );
}
