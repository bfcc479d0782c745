import Declarations

extension SettingDeclaration {
  /// `warmup:` of schedules: steps of linear growth at the start.
  static let warmup = SettingDeclaration(
    "warmup", .integer(0...1_000_000_000), default: .integer(0),
    doc: "The number of steps over which the rate first grows in a straight line to its full value.")

  /// The rate at which a schedule starts, after any warmup.
  static let scheduleStart = SettingDeclaration(
    "from", .real(.nonNegative), isPositional: true, doc: "The rate at the start (after the warmup).")
}

/// The share of the full rate in a step of the warmup, `(step + 1) / warmup`; nil when it is over.
func warmupShare(step: Int, warmup: Int) -> Double? {
  step < warmup ? Double(step + 1) / Double(warmup) : nil
}

/// How far a step is on the way from the end of the warmup (0) to the last step (1). A way of one step stays at its
/// start: a rate of 0 would learn nothing.
func progress(step: Int, warmup: Int, total: Int) -> Double {
  let last = total - 1 - warmup
  guard last > 0 else { return 0 }
  return min(1, max(0, Double(step - warmup) / Double(last)))
}
