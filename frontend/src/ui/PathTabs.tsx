import { PageSection, Tab, TabTitleText, Tabs } from "@patternfly/react-core";
import { useHref, useNavigate } from "react-router";

export interface PathTab {
  key: string;
  title: string;
}

/** The id that a page gives to what the tabs switch. */
export const TAB_CONTENT_ID = "tab-content";

/** Tabs that are addresses: `base` is the first one, `base/key` each other. */
export function PathTabs({
  label,
  base,
  tabs,
  active,
}: {
  label: string;
  base: string;
  tabs: readonly PathTab[];
  active: string;
}) {
  const navigate = useNavigate();
  const href = useHref(base);
  const suffix = (key: string | number) => (key === tabs[0]?.key ? "" : `/${key}`);
  return (
    <PageSection type="tabs">
      <Tabs
        activeKey={active}
        aria-label={label}
        component="nav"
        usePageInsets
        onSelect={(event, key) => {
          event.preventDefault();
          void navigate(base + suffix(key));
        }}
      >
        {tabs.map((tab) => (
          <Tab
            key={tab.key}
            eventKey={tab.key}
            tabContentId={TAB_CONTENT_ID}
            href={href + suffix(tab.key)}
            title={<TabTitleText>{tab.title}</TabTitleText>}
          />
        ))}
      </Tabs>
    </PageSection>
  );
}
