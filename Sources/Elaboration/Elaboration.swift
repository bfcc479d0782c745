// Elaboration
