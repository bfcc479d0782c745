/// Finds the partner of every bracket before parsing, so that an unclosed one is known where it opens and a group can
/// be skipped at once. -1 stands for a token without a partner.
///
/// A brace closes every parenthesis and bracket that is still open inside it. A closing parenthesis or bracket of the
/// wrong kind pairs with the innermost opener unless one of its own kind is open in the same braces.
func bracketPartners(_ tokens: [Token]) -> [Int32] {
  var partners = [Int32](repeating: -1, count: tokens.count)
  var stack: [Int32] = []
  // Open parentheses and brackets since the last open brace, and the counts that it interrupted.
  var open = (parentheses: 0, brackets: 0)
  var interrupted: [(parentheses: Int, brackets: Int)] = []

  func pair(_ opener: Int32, _ closer: Int) {
    partners[Int(opener)] = Int32(closer)
    partners[closer] = opener
  }

  for index in tokens.indices {
    switch tokens[index].kind {
    case .leftParenthesis:
      open.parentheses += 1
      stack.append(Int32(index))
    case .leftBracket:
      open.brackets += 1
      stack.append(Int32(index))
    case .leftBrace:
      interrupted.append(open)
      open = (0, 0)
      stack.append(Int32(index))
    case .rightBrace:
      guard let outer = interrupted.popLast() else {
        stack.removeAll(keepingCapacity: true)
        open = (0, 0)
        continue
      }
      while let opener = stack.popLast() {
        if tokens[Int(opener)].kind == .leftBrace {
          pair(opener, index)
          break
        }
      }
      open = outer
    case .rightParenthesis, .rightBracket:
      let isParenthesis = tokens[index].kind == .rightParenthesis
      guard open.parentheses + open.brackets > 0 else { continue }
      let hasOwnKind = (isParenthesis ? open.parentheses : open.brackets) > 0
      while let opener = stack.popLast() {
        let opensParenthesis = tokens[Int(opener)].kind == .leftParenthesis
        if opensParenthesis { open.parentheses -= 1 } else { open.brackets -= 1 }
        if opensParenthesis == isParenthesis || !hasOwnKind {
          pair(opener, index)
          break
        }
      }
    default:
      break
    }
  }
  return partners
}
