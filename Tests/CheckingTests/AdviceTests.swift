import Testing

/// What a diagnostic advises, where its message alone would leave one at a loss.
@Suite struct AdviceTests {
  @Test(arguments: [
    ("overfits_unnamed", "`train Net, Seq on Rows as Both` gives it one"),
    ("restore_one_logit", "`logit > 0` is true where a logit decides for the second class"),
    ("restore_logits", "`argmax(…)` decides for the class with the greatest score"),
  ])
  func noteTellsTheWayOut(_ name: String, _ note: String) throws {
    let fixture = try #require(programs("rejected").first { $0.name == name + ".nnet" })
    #expect(checked(fixture.text).errors.map(\.notes) == [[note]])
  }
}
