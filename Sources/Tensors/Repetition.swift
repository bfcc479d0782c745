/// What comes of applying the same step many times, found without taking them all.
package enum Repetition<State: Equatable>: Equatable {
  /// The state after all the steps; `distinct` steps were taken, and every later one leaves the state as it is.
  case settled(State, distinct: Int)
  /// The step failed when it was taken for the time with this index, from 0, on this state.
  case failed(at: Int, State)
  /// The state still changed after as many steps as may be taken.
  case unsettled(State)
}

/// Applies a step `count` times, only until the state no longer changes: a billion identical layers cost one.
/// The step returns nil where it cannot be taken; at most `limit` steps are taken.
package func repeated<State: Equatable>(
  _ count: Int, from start: State, limit: Int = 1024, _ step: (State) throws -> State?
) rethrows -> Repetition<State> {
  var state = start
  for index in 0..<max(0, min(count, limit)) {
    guard let next = try step(state) else { return .failed(at: index, state) }
    if next == state { return .settled(state, distinct: index + 1) }
    state = next
  }
  return count > limit ? .unsettled(state) : .settled(state, distinct: max(0, count))
}

extension Repetition: Sendable where State: Sendable {}
