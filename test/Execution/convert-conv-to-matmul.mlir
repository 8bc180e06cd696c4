// RUN: edgebert-opt %s --split-input-file --edgebert-convert-conv-to-matmul | FileCheck %s

// Channels first: patches are columns. Stride 2 shows in the gathering map.
// CHECK-DAG: #[[$GATHER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d4 * 2 + d2, d5 * 2 + d3)>
// CHECK-LABEL: func.func @channels_first
// CHECK: %[[P:.*]] = linalg.generic {indexing_maps = [#[[$GATHER]], #{{[a-z0-9]*}}]
// CHECK-SAME: outs(%{{.*}} : tensor<1x3x3x3x4x4xf32>)
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[P]], %{{.*}} : tensor<1x3x3x3x4x4xf32>, tensor<8x3x3x3xf32>)
func.func @channels_first(%x: tensor<1x3x9x9xf32>, %w: tensor<8x3x3x3xf32>, %y: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %r = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x3x9x9xf32>, tensor<8x3x3x3xf32>) outs(%y : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %r : tensor<1x8x4x4xf32>
}

// -----

// Channels last: patches are rows.
// CHECK-LABEL: func.func @channels_last
// CHECK: linalg.generic
// CHECK-SAME: outs(%{{.*}} : tensor<1x4x4x3x3x3xf32>)
func.func @channels_last(%x: tensor<1x6x6x3xf32>, %w: tensor<3x3x3x8xf32>, %y: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x6x6x3xf32>, tensor<3x3x3x8xf32>) outs(%y : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// -----

// One tap is a product already; depthwise has none inside; pooling is no sum
// of products.
// CHECK-LABEL: func.func @others_stay
// CHECK: linalg.conv_2d_nchw_fchw
// CHECK: linalg.depthwise_conv_2d_nchw_chw
// CHECK: linalg.pooling_nchw_max
func.func @others_stay(%x: tensor<1x3x6x6xf32>, %w: tensor<8x3x1x1xf32>, %y: tensor<1x8x6x6xf32>, %dw: tensor<3x3x3xf32>, %dy: tensor<1x3x4x4xf32>, %win: tensor<3x3xf32>)
    -> (tensor<1x8x6x6xf32>, tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) {
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x3x6x6xf32>, tensor<8x3x1x1xf32>) outs(%y : tensor<1x8x6x6xf32>) -> tensor<1x8x6x6xf32>
  %1 = linalg.depthwise_conv_2d_nchw_chw ins(%x, %dw : tensor<1x3x6x6xf32>, tensor<3x3x3xf32>) outs(%dy : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %2 = linalg.pooling_nchw_max ins(%x, %win : tensor<1x3x6x6xf32>, tensor<3x3xf32>) outs(%dy : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  return %0, %1, %2 : tensor<1x8x6x6xf32>, tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>
}
