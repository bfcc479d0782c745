import CKernels
import Testing

extension KernelTests {
  @Test func selectsOnlyAvailableInstructionSets() {
    let before = nnk_selected()
    #expect(nnk_isa_available(nnk_isa_portable))
    #expect(nnk_isa_available(nnk_isa_best()))
    for isa in [nnk_isa_portable, nnk_isa_neon, nnk_isa_avx2, nnk_isa_avx512] {
      #expect(nnk_select(isa) == nnk_isa_available(isa))
      if nnk_isa_available(isa) { #expect(nnk_selected() == isa) }
    }
    #expect(nnk_select(before))
  }

  @Test func peakGrowsWithTheInstructionSet() {
    onEveryInstructionSet { name in
      #expect(nnk_peak_flops(1) > 1e8, "\(name)")
    }
  }
}
