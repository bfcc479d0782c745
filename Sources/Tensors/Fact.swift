/// A statement about sizes, as a `where` clause makes it.
package enum Fact: Sendable, Hashable {
  /// `p % q == 0`
  case divisible(Dimension, by: Dimension)
  /// `p == q`
  case equal(Dimension, Dimension)
  /// `p >= q`
  case atLeast(Dimension, Dimension)
}
