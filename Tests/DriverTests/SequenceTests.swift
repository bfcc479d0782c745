import Foundation
import Testing

/// Texts, series and texts of any length, from the file to what the commands print.
@Suite struct SequenceTests {
  private let poem = String(repeating: "the sea the sky the sea and the high sky\n", count: 60)

  private let poet = """
    data Poem from text("poem.txt", tokens: characters) {
      let here: token(13)[8] = tokens[0 ..< 8]
      let next: token(13)[8] = tokens[1 ... 8]
      every: 4
      split: chronological(train: 80%, validation: 20%)
    }

    model Poet(text: token(13)[T <= 8]) -> [T, 13] {
      text -> embed(16) -> add_positions -> residual(layer_norm -> attention(heads: 2, causal: true)) -> dense(13)
    }

    train Poet on Poem {
      let logits = Poet(here)
      loss:      cross_entropy(logits, next)
      metrics:   [perplexity(logits, next)]
      optimizer: adam(rate: 0.01)
      epochs:    6
      batch:     16
      samples:   (text: generate(Poet, start: "the ", length: 60, temperature: 0.5))
    }

    """

  @Test func aPoemIsLearnedAndWrittenOn() throws {
    let scratch = try Scratch()
    _ = try scratch.write("poem.txt", poem)
    let file = try scratch.write("poet.nnet", poet)
    let run = nnc("run", file, "--out", scratch.path + "/run", "--threads", "2")
    #expect(run.code == 0, "\(run.errors)")
    let sample = nnc("sample", scratch.path + "/run", "--threads", "1")
    #expect(sample.code == 0, "\(sample.errors)")
    #expect(sample.output.count == 4 + 60 + 1 && sample.output.hasPrefix("the "))
    // Windows, batches, draws and threads leave the text as it is.
    #expect(nnc("sample", scratch.path + "/run", "--threads", "3").output == sample.output)
    #expect(try String(contentsOfFile: scratch.path + "/run/samples.txt", encoding: .utf8) == sample.output)
    let known: Set<Substring> = ["the", "sea", "sky", "and", "high"]
    let words = sample.output.split(whereSeparator: \.isWhitespace).dropLast()
    #expect(words.count { known.contains($0) } * 10 >= words.count * 7, "\(sample.output)")
    // The likeliest token does not depend on the seed.
    let likeliest = ["sample", scratch.path + "/run", "--temperature", "0", "--length", "20", "--seed"]
    #expect(nncList(likeliest + ["1"]).output == nncList(likeliest + ["2"]).output)
    let unknown = nnc("sample", scratch.path + "/run", "--start", "THE")
    #expect(unknown.code == 1 && unknown.errors.contains("never saw"))
    let empty = nnc("sample", scratch.path + "/run", "--start", "")
    #expect(empty.code == 1 && empty.errors.contains("the text to go on from is empty"), "\(empty.errors)")
    #expect(nnc("sample", scratch.path + "/run", "--temperature", "hot").code == 2)
  }

  /// Encoder and decoder over texts of any length, taught by the right words before each position.
  @Test func wordsAreTranslatedWithTeacherForcing() throws {
    let scratch = try Scratch()
    let words = ["ant", "bee", "cow", "dog"]
    let foreign = ["ameise", "biene", "kuh", "hund"]
    var rows = "from,to\n"
    for row in 0..<240 {
      let places = (0...row % 3).map { (row * 7 + $0 * (1 + row / 5)) % 4 }
      // The last word comes first there.
      rows += places.map { words[$0] }.joined(separator: " ") + ","
      rows += places.reversed().map { foreign[$0] }.joined(separator: " ") + "\n"
    }
    _ = try scratch.write("pairs.csv", rows)
    let file = try scratch.write(
      "pairs.nnet",
      """
      data Pairs from csv("pairs.csv") { // allow: duplicate_rows
        let source: token(5)[S <= 3] = from -> tokenize(words: 5)
        let target: token(5)[T <= 3] = to -> tokenize(words: 5)
        split: random(train: 75%, test: 25%, seed: 1)
      }

      model Translate(source: token(5)[S <= 3], before: token(5)[T <= 3]) -> [T, 5] {
        let read = source -> embed(16) -> add_positions -> bidirectional(gru(16))
        before -> embed(16) -> add_positions -> attention(heads: 2, causal: true)
          -> residual(attention(heads: 2, memory: read)) -> dense(32) -> relu -> dense(5)
      }

      train Translate on Pairs {
        let logits = Translate(source, before: target -> shift)
        loss:      cross_entropy(logits, target)
        metrics:   [exact_match(logits, target)]
        optimizer: adam(rate: 0.01)
        epochs:    40
        batch:     16
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run", "--threads", "1")
    #expect(run.code == 0, "\(run.errors)")
    let line = try #require(run.output.split(separator: "\n").first { $0.hasPrefix("test") })
    let share = try #require(line.split(separator: " ").last { $0.hasSuffix("%") }?.dropLast())
    #expect(try #require(Double(share)) >= 90, "\(line)")
  }

  @Test func theLossOfATextIsThatOfItsWindows() throws {
    let scratch = try Scratch()
    _ = try scratch.write("poem.txt", poem)
    let file = try scratch.write("poet.nnet", poet.replacing("epochs:    6", with: "epochs:    1"))
    let run = nnc("run", file, "--out", scratch.path + "/run")
    // 2460 characters: windows of 9 begin at every fourth that leaves room in its part.
    #expect(run.output.contains("train 490, validation 121"), "\(run.output)")
  }

  @Test func aSeriesIsForecastBehindItsEnd() throws {
    let scratch = try Scratch()
    let rows = (0..<80).map { "\(Int(100 + 40 * sin(Double($0) / 4)) + $0)" }
    _ = try scratch.write("load.csv", (["load"] + rows).joined(separator: "\n") + "\n")
    let file = try scratch.write(
      "load.nnet",
      """
      data Load from csv("load.csv") {
        let past: [6]    = (load[-6 ..< 0] - load[-7 ..< -1]) -> standardize
        let next: scalar = (load - load[-1]) -> standardize
        split: chronological(train: 70%, test: 30%)
      }

      model Net(past: [6]) -> scalar {
        past -> dense(1) -> squeeze
      }

      train Net on Load {
        let guess = Net(past)
        let load = restore(guess, as: next)
        loss:      mean_squared_error(guess, next)
        metrics:   [root_mean_squared_error(load, restore(next, as: next))]
        optimizer: adam(rate: 0.02)
        epochs:    60
        outputs:   (load: load)
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
    let found = run.output.split(separator: "\n").first { $0.hasPrefix("test") }?.split(separator: " ").last
    #expect(try #require(found.flatMap { Double($0) }) < 3, "\(run.output)")
    let predicted = nnc("predict", scratch.path + "/run", scratch.path + "/load.csv").output.split(separator: "\n")
    // Rows 7 … 79, and the one that is yet to come.
    #expect(predicted.count == 1 + 74)
    let last = try #require(predicted.last.flatMap { Double($0) })
    #expect(abs(last - (100 + 40 * sin(20) + 80)) < 8, "\(last)")
  }

  /// The same texts with more padding behind them.
  @Test(arguments: [
    "mean(over: time)", "max(over: time)", "lstm(6) -> last", "attention(heads: 2) -> mean(over: time)",
    "residual(layer_norm -> attention(heads: 2, causal: true)) -> last",
  ])
  func paddingDoesNotMatter(_ reader: String) throws {
    let words = ["good", "bad", "film", "very", "not", "a"]
    var lines = ["review,mood"]
    for row in 0..<40 {
      let text = (0...(row % 7)).map { words[(row * 3 + $0 * (row / 7 + 1)) % 6] }.joined(separator: " ")
      lines.append("\(text),\(text.contains("good") ? "kind" : "unkind")")
    }
    func predictions(limit: Int) throws -> [[Double]] {
      let scratch = try Scratch()
      _ = try scratch.write("reviews.csv", lines.joined(separator: "\n") + "\n")
      let file = try scratch.write(
        "reviews.nnet",
        """
        data Reviews from csv("reviews.csv") {
          let text: token(7)[T <= \(limit)] = review -> tokenize(words: 7)
          let mood: class(2) = mood
          split: random(train: 80%, test: 20%, seed: 1)
        }

        model Mood(text: token(7)[T <= \(limit)]) -> [2] {
          text -> embed(8, deviation: 1) -> \(reader) -> dense(2)
        }

        train Mood on Reviews {
          let logits = Mood(text)
          loss:      cross_entropy(logits, mood)
          metrics:   [accuracy(logits, mood)]
          optimizer: adam(rate: 0.02)
          epochs:    3
          batch:     8
          outputs:   (logits: logits)
        }

        """)
      let run = nnc("run", file, "--out", scratch.path + "/run")
      #expect(run.code == 0, "\(run.errors)")
      let all = nnc("predict", scratch.path + "/run", scratch.path + "/reviews.csv")
      #expect(all.code == 0, "\(all.errors)")
      return all.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    }
    let short = try predictions(limit: 7)
    let long = try predictions(limit: 19)
    #expect(short.count == 40 && short.allSatisfy { $0.count == 2 })
    for (a, b) in zip(short.joined(), long.joined()) { #expect(abs(a - b) < 1e-3, "\(reader): \(a) and \(b)") }
    #expect(Set(short.map { $0[0] }).count > 10)
  }

  @Test func aLineIsAnExampleAndAFileAClass() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/moods", withIntermediateDirectories: true)
    _ = try scratch.write("moods/kind.txt", "good film\n\n  fine film  \ngood\n")
    _ = try scratch.write("moods/unkind.txt", "bad film\r\npoor\n")
    let file = try scratch.write(
      "moods.nnet",
      """
      data Moods from lines("moods") {
        let text: token(6)[T <= 4] = text -> tokenize(words: 6)
        let mood: class(2) = label
      }

      model Mood(text: token(6)[T <= 4]) -> [2] {
        text -> embed(4) -> mean(over: time) -> dense(2)
      }

      train Mood on Moods {
        loss:      cross_entropy(Mood(text), mood)
        optimizer: adam(rate: 0.1)
        epochs:    2
        outputs:   (mood: restore(argmax(Mood(text)), as: mood))
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("5 rows"), "\(run.output)")
    // Lines without a class: a file, a folder, a table.
    let lines = nnc("predict", scratch.path + "/run", try scratch.write("new.txt", "bad film\ngood\nan unknown word\n"))
    #expect(lines.code == 0, "\(lines.errors)")
    #expect(lines.output.split(separator: "\n").count == 4 && lines.output.hasPrefix("mood\n"))
    #expect(nnc("predict", scratch.path + "/run", scratch.path + "/moods").output.split(separator: "\n").count == 6)
    let table = nnc("predict", scratch.path + "/run", try scratch.write("new.csv", "text\nbad film\ngood\n"))
    #expect(table.output.split(separator: "\n").dropFirst() == lines.output.split(separator: "\n")[1...2])
  }

  @Test func aTextIsPredictedByTheTokensOfTheTraining() throws {
    let scratch = try Scratch()
    _ = try scratch.write("poem.txt", poem)
    let file = try scratch.write(
      "poet.nnet",
      poet.replacing("epochs:    6", with: "epochs:    1")
        .replacing(
          "samples:   (text: generate(Poet, start: \"the \", length: 60, temperature: 0.5))",
          with: "outputs:   (next: argmax(last(logits)))"))
    let run = nnc("run", file, "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    let known = nnc("predict", scratch.path + "/run", try scratch.write("known.txt", "the high sea and the sky"))
    #expect(known.code == 0, "\(known.errors)")
    #expect(known.output.split(separator: "\n").count > 10)
    let strange = nnc("predict", scratch.path + "/run", try scratch.write("strange.txt", "the quick sea and the sky"))
    #expect(strange.code != 0 && strange.errors.contains("`c`"), "\(strange.errors)")
    #expect(strange.errors.contains("which the training text does not have"))
  }
}
