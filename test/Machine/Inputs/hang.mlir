// A matmul of which only the sizes are configured.
func.func @main() {
  %sizes = arith.constant 0x01004010 : i32
  %matmul = arith.constant 7 : i32
  edgebert.write_reg matrix_config, %sizes loc("/a")
  edgebert.write_reg command, %matmul loc("/a")
  return
}
