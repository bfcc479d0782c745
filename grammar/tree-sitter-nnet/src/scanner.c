// Decides where a statement ends: a line break ends it unless the next line goes on with "->", ".", "and", "or", or an
// operator that a space follows. Inside brackets and headers the parser does not ask, and line breaks mean nothing.

#include "tree_sitter/parser.h"

#include <stdbool.h>

enum TokenType { LINE_END };

void *tree_sitter_nnet_external_scanner_create(void) { return NULL; }
void tree_sitter_nnet_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_nnet_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_nnet_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool is_space(int32_t character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n' || character == 0xFEFF;
}

static bool is_word(int32_t character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         (character >= '0' && character <= '9');
}

// Whether the line goes on with "and" or "or"; a word before ":" is a label and begins a setting.
static bool continues_with_word(TSLexer *lexer) {
  char word[4] = {0};
  unsigned length = 0;
  while (is_word(lexer->lookahead)) {
    if (length < 4) word[length] = (char)lexer->lookahead;
    length++;
    lexer->advance(lexer, true);
  }
  bool is_and = length == 3 && word[0] == 'a' && word[1] == 'n' && word[2] == 'd';
  bool is_or = length == 2 && word[0] == 'o' && word[1] == 'r';
  while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
  return (is_and || is_or) && lexer->lookahead != ':';
}

static bool continues_line(TSLexer *lexer) {
  int32_t first = lexer->lookahead;
  switch (first) {
    case '.':
      return true;
    case '-':
      lexer->advance(lexer, true);
      return lexer->lookahead == '>' || is_space(lexer->lookahead);
    case '+': case '*': case '/': case '@': case '^': case '%':
      lexer->advance(lexer, true);
      return is_space(lexer->lookahead);
    case '<': case '>': case '=': case '!':
      lexer->advance(lexer, true);
      if (lexer->lookahead == '=') {
        lexer->advance(lexer, true);
      } else if (first == '=' || first == '!') {
        return false;
      }
      return is_space(lexer->lookahead);
    default:
      return is_word(first) && continues_with_word(lexer);
  }
}

bool tree_sitter_nnet_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)payload;
  if (!valid_symbols[LINE_END]) return false;
  lexer->mark_end(lexer);
  lexer->result_symbol = LINE_END;
  bool has_line_break = false;
  while (true) {
    if (lexer->eof(lexer) || lexer->lookahead == '}') return true;
    if (lexer->lookahead == '\n') has_line_break = true;
    if (is_space(lexer->lookahead)) {
      lexer->advance(lexer, true);
    } else if (lexer->lookahead == '/') {
      lexer->advance(lexer, true);
      // A division goes on if a space follows; two slashes are a comment.
      if (lexer->lookahead != '/') return has_line_break && !is_space(lexer->lookahead);
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, true);
    } else {
      return has_line_break && !continues_line(lexer);
    }
  }
}
