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

  @Test func aRunKeepsNoTextsThatAreTokenized() throws {
    let scratch = try Scratch()
    let reviews = (0..<40).map { "film \($0) was \($0 % 2 == 0 ? "good" : "bad"),\($0 % 2 == 0 ? "up" : "down")" }
    let csv = try scratch.write("films.csv", "review,mood\n" + reviews.joined(separator: "\n") + "\n")
    let file = try scratch.write(
      "films.nnet",
      """
      data Films from csv("films.csv") {
        let text: token(8)[T <= 6] = review -> tokenize(words: 8)
        let mood: class(2) = mood
        split: random(train: 60%, validation: 20%, test: 20%, seed: 1)
      }

      model Net(text: token(8)[T <= 6]) -> scalar {
        text -> embed(8) -> mean(over: time) -> dense(1) -> squeeze
      }

      train Net on Films {
        let logit = Net(text)
        let named = restore(logit > 0, as: mood)
        loss:      binary_cross_entropy(logit, mood)
        optimizer: adam(rate: 0.05)
        epochs:    30
        batch:     8
        outputs:   (mood: restore(logit > 0, as: mood), again: named)
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
    for name in ["weights.safetensors", "data.json"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/run/" + name))
      #expect(bytes.range(of: Data("film 7 was".utf8)) == nil, "\(name)")
      #expect(bytes.range(of: Data("\"down\"".utf8)) != nil || bytes.range(of: Data("\\\"down\\\"".utf8)) != nil)
    }
    #expect(nnc("eval", scratch.path + "/run").code == 0)
    // One logit decides between the names of the two classes.
    try FileManager.default.removeItem(atPath: csv)
    let new = try scratch.write("new.csv", "review\nfilm 1 was good\nfilm 2 was bad\n")
    #expect(nnc("predict", scratch.path + "/run", new).output == "mood,again\nup,up\ndown,down\n")
  }

  @Test func tokensWithoutAVocabularyStayNumbers() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "sums.nnet",
      """
      data Sums from sums(rows: 40, digits: 1, seed: 1) {
        let question: token(12)[3] = question
        let answer: token(11)[3] = answer
        split: random(train: 80%, test: 20%, seed: 1)
      }

      model Net(question: token(12)[3]) -> [3, 11] {
        question -> embed(8) -> dense(11)
      }

      train Net on Sums {
        let logits = Net(question)
        loss:      cross_entropy(logits, answer)
        optimizer: adam(rate: 0.05)
        epochs:    1
        outputs:   (right: restore(answer, as: answer), place: argmax(logits))
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
    let table = try scratch.read("run/predictions.csv").split(separator: "\n")
    #expect(table.first == "right_0,right_1,right_2,place_0,place_1,place_2" && table.count == 9)
    // Figures have the codes 1 to 10, 0 is the space behind them.
    #expect(table.dropFirst().allSatisfy { line in (1...10).contains(Int(line.prefix { $0 != "," }) ?? 0) })
  }
}
