import {
  Breadcrumb,
  BreadcrumbItem,
  Content,
  Flex,
  FlexItem,
  PageBreadcrumb,
  PageSection,
  Title,
} from "@patternfly/react-core";
import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";

interface Props {
  title: string;
  /** Of the page in its trail, where that is not the title. */
  trailEnd?: string;
  /** One sentence on what the page is about. */
  description?: ReactNode;
  /** Pages above this one, outermost first. */
  trail?: { label: string; to: string }[];
  /** Beside the title: state, badges. */
  labels?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** What every page starts with; also names the browser's tab. */
export function PageFrame({ title, trailEnd, description, trail = [], labels, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Quarterdeck`;
  }, [title]);
  return (
    <>
      {trail.length > 0 && (
        <PageBreadcrumb>
          <Breadcrumb>
            {trail.map(({ label, to }) => (
              <BreadcrumbItem key={to}>
                <Link to={to}>{label}</Link>
              </BreadcrumbItem>
            ))}
            <BreadcrumbItem isActive className="qd-break">
              {trailEnd ?? title}
            </BreadcrumbItem>
          </Breadcrumb>
        </PageBreadcrumb>
      )}
      <PageSection className="qd-page-title">
        <Flex alignItems={{ default: "alignItemsCenter" }} flexWrap={{ default: "wrap" }}>
          <FlexItem className="qd-shrink">
            <Title headingLevel="h1" className="qd-clip" title={title}>
              {title}
            </Title>
          </FlexItem>
          {labels && <FlexItem>{labels}</FlexItem>}
          {actions && <FlexItem align={{ default: "alignRight" }}>{actions}</FlexItem>}
        </Flex>
        {description && (
          <Content component="p" className="qd-subtle">
            {description}
          </Content>
        )}
      </PageSection>
      {children}
    </>
  );
}
