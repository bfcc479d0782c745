import Datasets
import Diagnostics
import Tensors
import Testing

/// Which rows `where` takes.
@Suite struct RowConditionTests {
  private let table = """
    size,kind,colour
    1,ripe,red
    2,,green
    3,spoiled,red
    ,ripe,blue
    5,ripe,green

    """

  private func source(_ condition: RowCondition?) -> SourceDescription {
    var result = SourceDescription(kind: "csv", paths: ["path": "fruit.csv"], span: anywhere)
    result.condition = condition
    return result
  }

  private var access: FileAccess { FileAccess(files: ["fruit.csv": Array(table.utf8)]) }

  /// The colours of the rows that are taken.
  private func colours(_ condition: RowCondition?) throws -> [String] {
    let data = try Dataset(
      source(condition), [ColumnUse(key: .name("colour"), role: .category, span: anywhere)], access)
    guard case .int32(let codes) = data.columns[0].values, let list = data.columns[0].categories else { return [] }
    return codes.map { list.values[Int($0)] }
  }

  @Test func comparisonsTakeRowsWithAValue() throws {
    #expect(try colours(nil) == ["red", "green", "red", "blue", "green"])
    #expect(try colours(.number(column: "size", .greater, 1)) == ["green", "red", "green"])
    #expect(try colours(.number(column: "size", .notEqual, 3)) == ["red", "green", "green"])
    #expect(try colours(.number(column: "size", .lessOrEqual, 2)) == ["red", "green"])
    #expect(try colours(.text(column: "kind", .equal, "ripe")) == ["red", "blue", "green"])
    #expect(try colours(.text(column: "kind", .notEqual, "ripe")) == ["red"])
  }

  @Test func conditionsCombine() throws {
    let ripe = RowCondition.text(column: "kind", .equal, "ripe")
    let large = RowCondition.number(column: "size", .greaterOrEqual, 3)
    #expect(try colours(.all([ripe, large])) == ["green"])
    #expect(try colours(.any([ripe, large])) == ["red", "red", "blue", "green"])
    #expect(try colours(.not(ripe)) == ["green", "red"])
    #expect(source(.all([ripe, .not(large)])).condition == .all([ripe, .not(large)]))
  }

  @Test func listsAndSummariesAreOfTheRowsThatAreTaken() throws {
    let taken = source(.number(column: "size", .less, 3))
    let summary = try summarize(taken, access)
    #expect(summary.rows == 2)
    #expect(summary.columns.first { $0.name == "colour" }?.values == ["green", "red"])
    #expect(summary.columns.first { $0.name == "size" }?.maximum == 2)
    #expect(try summarize(source(nil), access).rows == 5)
  }

  @Test func whatCannotBeComparedIsSaid() {
    func reason(_ condition: RowCondition) -> String {
      problem { () throws(DataProblem) in _ = try summarize(source(condition), access) }?.message ?? ""
    }
    #expect(reason(.number(column: "kind", .less, 3)).contains("`ripe`, which is not compared with a number"))
    #expect(reason(.text(column: "size", .equal, "big")).contains("holds numbers"))
    #expect(reason(.number(column: "sise", .less, 3)).contains("there is no column `sise`"))
    #expect(reason(.number(column: "size", .less, -3)).contains("none of its 5 rows"))
  }
}
