func.func @main(%x: memref<16x8192xi8>, %w: memref<16x8192xi8>,
                %y: memref<16x16xi8>) {
  edgebert.matmul ins(%x, %w : memref<16x8192xi8>, memref<16x8192xi8>)
    outs(%y : memref<16x16xi8>)
    {lhs_bias = 4 : i32, rhs_bias = 0 : i32, out_bias = 5 : i32}
  return
}
