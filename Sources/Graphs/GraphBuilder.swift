/// Builds a graph node by node.
package final class GraphBuilder {
  package init() {}
}
