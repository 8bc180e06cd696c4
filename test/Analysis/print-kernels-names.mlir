// RUN: edgebert-opt %s --edgebert-print-kernels="rejections=false" -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=remark:
// RUN: edgebert-opt %s --edgebert-print-kernels -o /dev/null 2>&1 | FileCheck %s --check-prefix=HOST

// A kernel is named by its multiplication, or by what the names of its ops have
// in common; repeats are numbered.

// CHECK: remark: matmul "/layer/query/MatMul":
// CHECK: remark: matmul "/layer/query/MatMul#2":
// CHECK: remark: add "/layer/Add":
// CHECK: remark: softmax "/layer/attention":

// HOST: host "/ids/Gather": a gather has no unit on the accelerator
// HOST: host "/layer/Transpose": only moves data
// HOST: host "/act/Tanh": math.tanh has no unit on the accelerator

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @main(%ids: tensor<8xi64>) -> tensor<8x8xf32> {
  %table = arith.constant dense_resource<table> : tensor<99x8xf32>
  %w = arith.constant dense<0.5> : tensor<8x8xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %x = linalg.generic {indexing_maps = [#row, #map], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<8xi64>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%in: i64, %out: f32):
    %i = arith.index_cast %in : i64 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%i, %j] : tensor<99x8xf32>
    linalg.yield %v : f32
  } -> tensor<8x8xf32> loc("/ids/Gather"("m.onnx":1:1))
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %a = linalg.matmul ins(%x, %w : tensor<8x8xf32>, tensor<8x8xf32>) outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32> loc("/layer/query/MatMul"("m.onnx":2:1))
  %b = linalg.matmul ins(%a, %w : tensor<8x8xf32>, tensor<8x8xf32>) outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32> loc(fused["/layer/query/MatMul"("m.onnx":3:1), "m.onnx":3:1])
  %t = linalg.transpose ins(%b : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) permutation = [1, 0] loc("/layer/Transpose"("m.onnx":4:1))
  %c = linalg.add ins(%a, %t : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32> loc("/layer/Add"("m.onnx":5:1))
  %h = linalg.tanh ins(%c : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32> loc("/act/Tanh"("m.onnx":6:1))
  %exp = linalg.exp ins(%h : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32> loc("/layer/attention/Exp"("m.onnx":7:1))
  %z = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>) -> tensor<8xf32> loc("/layer/attention/ReduceSum"("m.onnx":8:1))
  %sum = linalg.reduce { arith.addf } ins(%exp : tensor<8x8xf32>) outs(%z : tensor<8xf32>) dimensions = [1] loc("/layer/attention/ReduceSum"("m.onnx":8:1))
  %wide = linalg.broadcast ins(%sum : tensor<8xf32>) outs(%e : tensor<8x8xf32>) dimensions = [1] loc("/layer/attention/ReduceSum"("m.onnx":8:1))
  %out = linalg.div ins(%exp, %wide : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32> loc("/layer/attention/Div"("m.onnx":9:1))
  return %out : tensor<8x8xf32>
}
