import Checking
import Diagnostics
import Syntax
import Testing

/// What the words of other tools become: every offered fix of a fixture, in the order of the diagnostics.
@Suite struct ForeignWordTests {
  struct Offer: Sendable, CustomTestStringConvertible {
    let fixture: String
    /// A piece of the text that each fix leaves, `?` before those that are no certain ones; nil for none.
    let offered: [String?]
    var testDescription: String { fixture }

    init(_ fixture: String, _ offered: [String?]) {
      self.fixture = fixture
      self.offered = offered
    }
  }

  @Test(arguments: [
    Offer(
      "foreign_batch_norm_momentum",
      ["-> batch_norm(momentum: 0.01, epsilon: 0.001) ->", "-> batch_norm(momentum: 0.1) ->"]),
    Offer("foreign_keep_prob", ["dropout(rate: 0.2)"]),
    Offer("chains_beside_operator", ["?(x -> dense(1)) + (x -> dense(1) -> relu)"]),
    Offer("activation_of_cell", ["lstm(8) ->", nil, "rnn(8) ->"]),
    Offer("foreign_activation_of_cell", ["x -> lstm(8) -> last", nil]),
    Offer("column_beyond_the_last", ["?[p0 ... p11]"]),
    Offer("unsqueeze", [nil, nil]),
    Offer("one_hot_target", ["cross_entropy(logits, y)\n", "accuracy(logits, y), f1", "f1(logits, y)]"]),
    Offer(
      "causal_padding",
      [
        "x -> pad(2, at: start) -> conv(8, kernel: 3)\n", "x -> pad(8, at: start) -> conv(8, kernel: 5, dilation: 2)\n",
        nil,
      ]),
    Offer("foreign_concat", [nil, "concat(x, y, over: features)"]),
    Offer(
      "foreign_reshape",
      ["reshape([8, 8, 1])", "max_pool(2)", "reshape([16])", "reshape([64])", "reshape([16, 4])", nil]),
    Offer("foreign_depthwise", ["depthwise_conv(kernel: 3, padding: same)"]),
    Offer("pair_of_betas", ["adam(rate: 0.01, beta1: 0.9, beta2: 0.999)"]),
    Offer("axis_by_number_of_image", ["?mean(over: [height, width])", "concat(a, b, over: channels)", nil]),
    Offer("percent_apart", ["train: 80%,", "validation: 20%)"]),
    Offer("freeze_for_except", ["train Reader except Features on D"]),
    Offer(
      "backward_arrow",
      ["?{\n  x -> dense(8) -> relu\n", "{\n  let h = x -> dense(8)\n", "{\n  let h = x -> dense(8)\n"]),
    Offer(
      "applied_in_parentheses",
      [
        "?  x -> dense(8)\n", "?  (x + 1) -> relu\n", "?  x -> dense(8) -> relu -> dense(4)\n",
        "  x -> dense(8) -> relu -> dense(4)\n", nil, "?  (x -> dense(4)) + x\n",
      ]),
    Offer(
      "foreign_functions",
      [
        "  softmax(x)\n", "-> softmax\n", nil, "  flatten(x)\n", "x -> lstm(4) -> last\n", "x -> group_norm(2)\n",
      ]),
    Offer("foreign_methods", ["?  x -> reshape([64])\n", "?  x -> reshape([64])\n"]),
    Offer("parameters_without_type", ["hidden: Int,", "rate: Float = 0.1", nil]),
    Offer("arrows_left_out_at_line_starts", [nil, "\n  -> relu\n", "\n  -> dense(1)\n", nil]),
    Offer(
      "foreign_loss_and_layers",
      [
        "= y\n", "cross_entropy(logits, y, smoothing: 0.1)\n", "?let h = x -> max_pool(2)\n", nil,
        "{\n  concat(x, n, over: features)\n",
      ]),
    Offer("detached", ["?C(x) - C(G(z))", "?x -> stop_gradient -> dense(4)", "?stop_gradient((x * 2))"]),
    Offer("length_forms", ["?token(500)[T <= 20] =", nil, nil, "x: token(500)[T <= 20])", nil]),
    Offer("pattern_in_body", ["?let out = x -> lstm(4)", nil]),
    Offer("batch_in_image", ["?model M(x: [8, 8, 1]) -> [3] {"]),
    Offer("batch_in_image_alone", ["?model M(x: [8, 8, 1]) -> [3] {"]),
    Offer("foreign_conv_with_activation", ["conv(8, kernel: 3) -> relu -> Flatten", "flatten", "dense(10)"]),
    Offer("arrow_left_out_at_line_start", ["\n  -> relu -> dense(1)"]),
    Offer("parameter_without_type", ["MLP(x: [D], hidden: Int)"]),
  ])
  func fixesSay(_ offer: Offer) throws {
    let text = try #require(programs("rejected").first { $0.name == offer.fixture + ".nnet" }).text
    let errors = checked(text).errors
    try #require(errors.count == offer.offered.count, "\(errors.map(\.message))")
    for (error, wanted) in zip(errors, offer.offered) {
      guard let wanted else {
        #expect(error.fixes.isEmpty, "\(error.message): \(error.fixes.map(\.title))")
        continue
      }
      let fix = try #require(error.fixes.first, "\(error.message)")
      #expect(fix.isCertain == !wanted.hasPrefix("?"), "\(error.message)")
      let mended = applying(fix, to: text)
      #expect(mended.contains(wanted.hasPrefix("?") ? String(wanted.dropFirst()) : wanted), "\(mended)")
    }
  }

  /// What all certain fixes make of a program is one without errors.
  @Test(arguments: [
    "activation_setting", "foreign_depthwise", "foreign_batch_norm_momentum", "pair_of_betas",
    "parameter_without_type", "arrow_left_out_at_line_start", "one_hot_target", "foreign_conv_with_activation",
  ])
  func mendedProgramsAreAccepted(_ name: String) throws {
    var text = try #require(programs("rejected").first { $0.name == name + ".nnet" }).text
    for _ in 0..<10 {
      guard let fix = checked(text).errors.lazy.compactMap({ $0.fixes.first(where: \.isCertain) }).first else { break }
      text = applying(fix, to: text)
    }
    #expect(checked(text).errors.isEmpty, "\(text)")
  }

  @Test(arguments: [
    ("causal_padding", 2, "n one less than `kernel`"),
    ("foreign_concat", 0, "`concat(x, y, over: …)`, and [12, 4] has `time`, `features`"),
    ("unsqueeze", 0, "`reshape([4, 1])`"),
    ("unsqueeze", 1, "`reshape([12, 4, 1])`"),
    ("activation_of_cell", 1, "can be written as a `scan`"),
    ("foreign_activation_of_cell", 1, "a `scan` can have another"),
    ("axis_by_number_of_image", 2, "the input has `height`, `width`, `channels`"),
    ("mixing_in_body", 0, "`layer_norm` works on each position alone"),
    ("sequence_as_scalar", 0, "`-> last` before the last layer keeps the last step"),
    ("length_forms", 4, "`[T <= 200]`"),
  ])
  func notesTell(_ name: String, _ index: Int, _ note: String) throws {
    let text = try #require(programs("rejected").first { $0.name == name + ".nnet" }).text
    let errors = checked(text).errors
    try #require(errors.indices.contains(index))
    #expect(errors[index].notes.contains { $0.contains(note) }, "\(errors[index].notes)")
  }

  /// Each call is tried to tell the axes of the one around it, and read once more.
  @Test(.timeLimit(.minutes(1))) func foreignCallsInsideEachOtherAreReadFast() {
    let depth = 60
    let opening = String(repeating: "torch.cat([", count: depth)
    let closing = String(repeating: ", x], dim=-1)", count: depth)
    let outcome = checked("model M(x: [4]) -> [\(4 * depth + 4)] {\n  \(opening)x\(closing)\n}\n")
    #expect(outcome.errors.count == depth, "\(outcome.description)")
  }

  @Test func mixingShowsTheLineInTheBody() throws {
    let text = try #require(programs("rejected").first { $0.name == "mixing_in_body.nnet" }).text
    let outcome = checked(text)
    let label = try #require(outcome.errors.first?.secondary.first)
    #expect(outcome.result.sources[label.span.file].position(at: Int(label.span.start)).line == 3)
  }

  /// One mistake that warnings and errors of other places followed from.
  @Test(arguments: [
    "channels_first_through_conv", "data_and_model_of_one_name", "optimizer_outside_steps", "parameter_without_type",
    "arrow_left_out_at_line_start", "batch_in_image", "name_above_its_let", "freeze_for_except",
  ])
  func oneMistakeIsOneMessage(_ name: String) throws {
    let text = try #require(programs("rejected").first { $0.name == name + ".nnet" }).text
    #expect(checked(text).result.diagnostics.count == 1, "\(checked(text).description)")
  }
}
