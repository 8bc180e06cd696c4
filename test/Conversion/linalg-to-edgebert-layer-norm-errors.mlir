// RUN: edgebert-opt %s --split-input-file --convert-linalg-to-edgebert --verify-diagnostics -o /dev/null

// What keeps a layer norm on the host.

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// expected-remark @below {{put no kernel of @columns on the chip}}
func.func @columns(%input: tensor<4x305xf32> {edgebert.name = "x"}) -> tensor<4x305x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 305.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<305xf32>
  %b = arith.constant dense<0.3> : tensor<305xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x305xf32>, tensor<i8> -> tensor<4x305x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x305x!code>, tensor<i8> -> tensor<4x305xf32>
  %e = tensor.empty() : tensor<4x305xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x305xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x305xf32>, tensor<4xf32>) outs(%e : tensor<4x305xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x305xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x305xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @below {{kernel 'layer norm 0' stays on the host: its rows of 305 repeat 16 times to fill vectors of 16, and 2 parameters of 4880 codes do not fit the aux memory; the longest that do have 2048}}
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x305xf32>, tensor<4xf32>, tensor<305xf32>, tensor<305xf32>) outs(%e : tensor<4x305xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x305xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x305xf32>, tensor<i8> -> tensor<4x305x!code>
  return %yq : tensor<4x305x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// expected-remark @below {{put no kernel of @epsilon on the chip}}
func.func @epsilon(%input: tensor<4x32xf32> {edgebert.name = "x"}) -> tensor<4x32x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 32.0 : f32
  %eps = arith.constant 1.0e-2 : f32
  %g = arith.constant dense<1.5> : tensor<32xf32>
  %b = arith.constant dense<0.3> : tensor<32xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x32x!code>, tensor<i8> -> tensor<4x32xf32>
  %e = tensor.empty() : tensor<4x32xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x32xf32>, tensor<4xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x32xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @below {{kernel 'layer norm 0' stays on the host: its epsilon 1.00e-02 is larger than 9.77e-04, the smallest variance of the unit}}
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x32xf32>, tensor<4xf32>, tensor<32xf32>, tensor<32xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x32xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  return %yq : tensor<4x32x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// expected-remark @below {{put no kernel of @result_bias on the chip}}
func.func @result_bias(%input: tensor<4x32xf32> {edgebert.name = "x"}) -> tensor<4x32x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<8> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 32.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<32xf32>
  %b = arith.constant dense<0.3> : tensor<32xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x32x!code>, tensor<i8> -> tensor<4x32xf32>
  %e = tensor.empty() : tensor<4x32xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x32xf32>, tensor<4xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x32xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @below {{kernel 'layer norm 0' stays on the host: its result has exponent bias 8, outside the unit's 0..7}}
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x32xf32>, tensor<4xf32>, tensor<32xf32>, tensor<32xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x32xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  return %yq : tensor<4x32x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// expected-remark @below {{put no kernel of @parameter on the chip}}
func.func @parameter(%input: tensor<4x32xf32> {edgebert.name = "x"}) -> tensor<4x32x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 32.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<40.0> : tensor<32xf32>
  %b = arith.constant dense<0.3> : tensor<32xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x32x!code>, tensor<i8> -> tensor<4x32xf32>
  %e = tensor.empty() : tensor<4x32xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x32xf32>, tensor<4xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x32xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x32xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @below {{kernel 'layer norm 0' stays on the host: its scale or shift reaches 40}}
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x32xf32>, tensor<4xf32>, tensor<32xf32>, tensor<32xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x32xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x32xf32>, tensor<i8> -> tensor<4x32x!code>
  return %yq : tensor<4x32x!code>
}

// -----

!code = !numfmt.afp<8,3>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// expected-remark @below {{put no kernel of @aux on the chip}}
func.func @aux(%input: tensor<4x2064xf32> {edgebert.name = "x"}) -> tensor<4x2064x!code> {
  %mx = arith.constant dense<5> : tensor<i8>
  %mo = arith.constant dense<5> : tensor<i8>
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 2064.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %g = arith.constant dense<1.5> : tensor<2064xf32>
  %b = arith.constant dense<0.3> : tensor<2064xf32>
  %xq = numfmt.quantize %input, %mx : tensor<4x2064xf32>, tensor<i8> -> tensor<4x2064x!code>
  %x = numfmt.dequantize %xq, %mx : tensor<4x2064x!code>, tensor<i8> -> tensor<4x2064xf32>
  %e = tensor.empty() : tensor<4x2064xf32>
  %er = tensor.empty() : tensor<4xf32>
  %zr = linalg.fill ins(%zero : f32) outs(%er : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x2064xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sum : tensor<4x2064xf32>, tensor<4xf32>) outs(%e : tensor<4x2064xf32>) {
  ^bb0(%p: f32, %s: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %p, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x2064xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%centred : tensor<4x2064xf32>) outs(%zr : tensor<4xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @below {{kernel 'layer norm 0' stays on the host: 2 parameters of 2064 codes do not fit the aux memory; the longest that do have 2048}}
  %y = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
    ins(%centred, %squares, %g, %b : tensor<4x2064xf32>, tensor<4xf32>, tensor<2064xf32>, tensor<2064xf32>) outs(%e : tensor<4x2064xf32>) {
  ^bb0(%p: f32, %s: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %eps : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %p, %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = arith.addf %4, %d : f32
    linalg.yield %5 : f32
  } -> tensor<4x2064xf32>
  %yq = numfmt.quantize %y, %mo : tensor<4x2064xf32>, tensor<i8> -> tensor<4x2064x!code>
  return %yq : tensor<4x2064x!code>
}
