import Foundation
import Testing

/// Outputs that are texts or names of classes again, and what a run folder keeps of texts.
@Suite struct RestoredTextTests {
  private let echo = """
    data Lines from csv("lines.csv") {
      let text: token(SIZE)[T <= 6] = text -> tokenize(UNIT)
      split: random(train: 60%, validation: 20%, test: 20%, seed: 1)
    }

    model Net(text: token(SIZE)[T <= 6]) -> [T, SIZE] {
      text -> embed(24) -> dense(SIZE)
    }

    train Net on Lines {
      let l = Net(text)
      loss:      cross_entropy(l, text)
      optimizer: adam(rate: 0.05)
      epochs:    60
      batch:     8
      outputs:   (text: restore(argmax(l), as: text), place: argmax(l), top: max(softmax(l), over: features))
    }

    """

  private func lines(_ texts: [String]) -> String { "text\n" + texts.map { $0 + "\n" }.joined() }

  @Test(arguments: [
    ("words: 6", "6", ["one two", "two three four", "one", "four one two three"]),
    ("characters", "5", ["abc", "d", "bad", "cab"]), ("bytes", "256", ["abc", "d", "bad", "cab"]),
  ])
  func tokensAreWrittenAsTheTextTheyWere(_ unit: String, _ size: String, _ texts: [String]) throws {
    let scratch = try Scratch()
    let rows = (0..<40).map { texts[$0 % 4] }
    _ = try scratch.write("lines.csv", lines(rows))
    let program = echo.replacing("SIZE", with: size).replacing("UNIT", with: unit)
    let file = try scratch.write("lines.nnet", program)
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
    // Behind the end of a text its cells are empty.
    let new = try scratch.write("new.csv", lines(texts))
    let predicted = nnc("predict", scratch.path + "/run", new)
    let table = predicted.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(table.first?.prefix(3) == ["text", "place_0", "place_1"] && table.count == 5, "\(predicted)")
    for (row, text) in zip(table.dropFirst(), texts) {
      let length = unit == "words: 6" ? text.split(separator: " ").count : text.count
      #expect(row.count == 13 && row[0] == text, "\(predicted.output)")
      #expect(row[1...6].map(\.isEmpty) == (0..<6).map { $0 >= length }, "\(predicted.output)")
      #expect(row[7...12].map(\.isEmpty) == (0..<6).map { $0 >= length }, "\(predicted.output)")
    }
    // The run's own predictions are written alike.
    let own = try scratch.read("run/predictions.csv").split(separator: "\n")
    #expect(own.count == 9 && own.dropFirst().allSatisfy { line in texts.contains { line.hasPrefix($0 + ",") } })
  }
}
