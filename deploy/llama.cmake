# Compiles llama.cpp's own sources in a few large units instead of two hundred small ones, and without the costly
# optimisations: a third of the time. What computes is ggml, which is built as ever.
cmake_language(DEFER DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} CALL
    set_target_properties llama PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 48)
cmake_language(DEFER DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} CALL
    target_compile_options llama PRIVATE -O1)
