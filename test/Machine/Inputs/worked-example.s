; The fact sheet's worked example (section 10): a matmul of 16 x 16 x 16, for
; edgebert-translate --assemble. Data as the sheet prints it, results as their
; checksums.
.origin "worked example"

; Operand 0: masks and data, then operand 1's.
.memory 0x00001000 ed9ad0934916140139490000d944a824fa64f1c95f5006a2822963014d0237e4
.memory 0x00001100 ab98081ea329210e271e88291c0c242b
.memory 0x00001110 1e99a1021eac1d2826a4a90a1e2b8614
.memory 0x00001120 ac2b21082191292ca72b179e212b9b0c
.memory 0x00001130 a4181b1a219aa3119da21d13270c2704
.memory 0x00001140 068e98211a90089f24a32c0000931e8a
.memory 0x00001150 821921ac261114a2a10000000000a100
.memory 0x00001160 a00000a12ba8062a0000000000000000
.memory 0x00001170 a6000084250021000000000000000000
.memory 0x00001180 a80000000000a4000000000000000000
.memory 0x00001200 a1369a0100002934041283a8518f96088c5c200059c9c284cd20248628e41720
.memory 0x00001300 1da49a82a921abaa282712908ea21898
.memory 0x00001310 9922252527231b2a2b97101029939b2c
.memory 0x00001320 260eab941a272c2aa72721110e238eaa
.memory 0x00001330 a50620259726a625001a1aa384990015
.memory 0x00001340 aa271a26aaaa00a300008217002100a6
.memory 0x00001350 26009c9b0000002b0000a00000060025
.memory 0x00001360 2a0000000000001d0000250000000000

write soft_reset 1
write reset_mode mode_of_decoder_0=n0 mode_of_decoder_1=n1
write accel_config adf_accum_bias=4 accum_right_shift=2

write flip_mem 0
write mask_read_base 0x1000
write vector_count m_1=15
write command mask_load
wait
write input_read_base 0x1100
write vector_count m_1=8
write command input_load
wait
write flip_mem 1
write mask_read_base 0x1200
write vector_count m_1=15
write command mask_load
wait
write input_read_base 0x1300
write vector_count m_1=6
write command input_load
wait

write base_offset 0
write input_buffer_config base_input0=0 base_input1=0
write base_output base_output=256
write matrix_config n0=16 n1=16 m=16
write command matmul
wait

write use_axi 1
write mask_write_base 0x1400
write vector_count m_1=15
write command mask_store
.stored 0x1400 32 crc32=0xe4b37ce8
wait
write input_write_base 0x1500
write vector_count m_1=14
write command input_store
.stored 0x1500 240 crc32=0x2f37497b
wait
read vector_count m_1=14
