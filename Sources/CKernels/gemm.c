// How multiplies are cut into parts: by shape only.
#include "internal.h"

/// The grid of parts of one product.
typedef struct part_grid {
  int64_t batch, per_part, row_parts, column_parts, rows, columns;
} part_grid;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static part_grid grid_of(const nnk_gemm *g) {
  // About 20 µs of work a part.
  const int64_t work = 2 * 1024 * 1024;
  part_grid grid = {.batch = g->batch > 1 ? g->batch : 1, .rows = g->m, .columns = g->n};
  grid.per_part = grid.batch;
  grid.row_parts = grid.column_parts = 1;
  int64_t one = 2 * g->m * g->n * (g->k > 0 ? g->k : 1);
  int64_t wanted = one * grid.batch / work;
  if (wanted <= 1 || one == 0) return grid;
  // Where both operands have to be packed, a part is dear: each packs its rows and columns again.
  int64_t most = g->transpose_a && grid.batch == 1 ? wanted / 12 : 16;
  most = most < 2 ? 2 : most > 16 ? 16 : most;
  if (wanted > most) wanted = most;
  if (grid.batch > 1) {
    grid.per_part = divide_up(grid.batch, wanted);
    if (grid.batch >= 8) return grid;
    wanted = divide_up(wanted, grid.batch);
    grid.per_part = 1;
  }
  // Halve the longer side (a part repacks its rows of A and columns of B), in whole register tiles.
  int64_t rows = divide_up(g->m, 12), columns = divide_up(g->n, 32);
  while (grid.row_parts * grid.column_parts < wanted) {
    int64_t high = divide_up(rows, grid.row_parts) * 12, wide = divide_up(columns, grid.column_parts) * 32;
    if (high >= wide && high > 12)
      grid.row_parts *= 2;
    else if (wide > 32)
      grid.column_parts *= 2;
    else
      break;
  }
  grid.rows = divide_up(rows, grid.row_parts) * 12;
  grid.columns = divide_up(columns, grid.column_parts) * 32;
  grid.row_parts = divide_up(g->m, grid.rows);
  grid.column_parts = divide_up(g->n, grid.columns);
  return grid;
}

int64_t nnk_gemm_parts(const nnk_gemm *g) {
  part_grid grid = grid_of(g);
  return divide_up(grid.batch, grid.per_part) * grid.row_parts * grid.column_parts;
}

void nnk_gemm_part(const nnk_gemm *g, const nnk_gemm_operands *operands, int64_t part) {
  part_grid grid = grid_of(g);
  int64_t per_product = grid.row_parts * grid.column_parts;
  int64_t first = part / per_product * grid.per_part, row = part % per_product / grid.column_parts * grid.rows;
  int64_t column = part % grid.column_parts * grid.columns;
  int64_t last = first + grid.per_part < grid.batch ? first + grid.per_part : grid.batch;
  int64_t row_end = row + grid.rows < g->m ? row + grid.rows : g->m;
  int64_t column_end = column + grid.columns < g->n ? column + grid.columns : g->n;
  for (int64_t i = first; i < last; i++) nnk_gemm_range(g, operands, i, row, row_end, column, column_end);
}

void nnk_gemm_run(const nnk_gemm *g, const nnk_gemm_operands *operands) {
  int64_t batch = g->batch > 1 ? g->batch : 1;
  for (int64_t i = 0; i < batch; i++) nnk_gemm_range(g, operands, i, 0, g->m, 0, g->n);
}
