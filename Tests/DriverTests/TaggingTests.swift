import Foundation
import Testing

/// Texts that share a length: a tag for each word.
@Suite struct TaggingTests {
  private let program = """
    data Sentences from csv("words.csv") {
      let words: token(12)[T <= 6] = words -> tokenize(words: 12)
      let tags: token(5)[T <= 6] = tags -> tokenize(words: 5)
      split: random(train: 80%, test: 20%, seed: 1)
    }

    model Tagger(words: token(12)[T <= 6]) -> [T, 5] {
      words -> embed(8) -> bidirectional(gru(8)) -> dense(5)
    }

    train Tagger on Sentences {
      let logits = Tagger(words)
      loss:      cross_entropy(logits, tags)
      metrics:   [exact_match(logits, tags)]
      optimizer: adam(rate: 0.05)
      epochs:    40
      outputs:   (tags: restore(argmax(logits), as: tags))
    }

    """
  private let rows = [
    "the dog barks,d n v", "a cat sleeps,d n v", "dogs bark,n v", "the old cat sleeps,d a n v",
    "a dog sees the cat,d n v d n", "cats see dogs,n v n", "the cat barks,d n v", "old dogs bark,a n v",
    "a old dog barks,d a n v", "the dog sees a cat,d n v d n",
  ]

  @Test func everyWordGetsItsTag() throws {
    let scratch = try Scratch()
    _ = try scratch.write("words.csv", "words,tags\n" + rows.joined(separator: "\n") + "\n")
    let run = nnc("run", try scratch.write("tag.nnet", program), "--out", scratch.path + "/run")
    try #require(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("exact match 100.0%"), "\(run.output)")
    // Rows without tags are read too, and what is predicted is written in words.
    let new = try scratch.write("new.csv", "words\nthe old cat sees a dog\ndogs bark\n")
    #expect(nnc("predict", scratch.path + "/run", new).output == "tags\nd a n v d n\nn v\n")
  }

  @Test func aRowWithoutATagForEachWordIsFoundByCheck() throws {
    let scratch = try Scratch()
    let file = try scratch.write("tag.nnet", program)
    _ = try scratch.write(
      "words.csv", "words,tags\n" + rows.joined(separator: "\n").replacing("n v n", with: "n v") + "\n")
    for outcome in [nnc("check", file), nnc("run", file, "--out", scratch.path + "/run")] {
      #expect(outcome.code == 1, "\(outcome)")
      let text = outcome.output + outcome.errors
      #expect(text.contains("in row 6 `words` has 3 tokens and `tags` 2"), "\(text)")
      #expect(text.contains("tag.nnet:3:"), "\(text)")
    }
    // Without the data, the run finds it.
    let blind = nnc("check", file, "--no-data")
    #expect(blind.code == 0, "\(blind)")
  }
}
