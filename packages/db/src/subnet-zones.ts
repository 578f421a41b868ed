/** Where subnets lie; whatever reads a task's or a service's network asks with this for the zones it can be in. */

/** SQL: the zones of the subnets that a column's network names, null where it names no network. */
export const zonesOf = (column: string): string =>
  `CASE WHEN ${column} IS NOT NULL THEN ARRAY(
     SELECT DISTINCT n.availability_zone FROM subnets n
     WHERE n.id IN (SELECT jsonb_array_elements_text(${column}->'subnets')) ORDER BY 1) END`;
