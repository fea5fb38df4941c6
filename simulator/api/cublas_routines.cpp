// cuBLAS: the routines. They launch, and nothing comes back to the host; cublas_results.cpp has the others. No header
// of cuBLAS here: see launch_entry_points.h.
#include "simulator/launch_entry_points.h"
#include "simulator/library_calls.h"

using namespace profile_train::simulator;

namespace {

constexpr int kSuccess = 0;         // CUBLAS_STATUS_SUCCESS
constexpr int kNotInitialized = 1;  // CUBLAS_STATUS_NOT_INITIALIZED

int launch(Handle handle) { return launch_on_handle(handle, ObjectKind::cublas) ? kSuccess : kNotInitialized; }

}  // namespace

// ---- vectors
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, axpy_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, copy_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, rot_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, scal_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, swap_v2)
FOR_SD(SIMULATED_LAUNCH_64, cublas, rotm_v2)
SIMULATED_LAUNCH_64(cublasCsrot_v2)
SIMULATED_LAUNCH_64(cublasZdrot_v2)
SIMULATED_LAUNCH_64(cublasCsscal_v2)
SIMULATED_LAUNCH_64(cublasZdscal_v2)
SIMULATED_LAUNCH_64(cublasAxpyEx)
SIMULATED_LAUNCH_64(cublasCopyEx)
SIMULATED_LAUNCH_64(cublasRotEx)
SIMULATED_LAUNCH_64(cublasRotmEx)
SIMULATED_LAUNCH_64(cublasScalEx)
SIMULATED_LAUNCH_64(cublasSwapEx)

// ---- matrix and vector
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gbmv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, symv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, syr_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, syr2_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, tbmv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, tbsv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, tpmv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, tpsv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, trmv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, trsv_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemvBatched)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemvStridedBatched)
FOR_SD(SIMULATED_LAUNCH_64, cublas, ger_v2)
FOR_SD(SIMULATED_LAUNCH_64, cublas, sbmv_v2)
FOR_SD(SIMULATED_LAUNCH_64, cublas, spmv_v2)
FOR_SD(SIMULATED_LAUNCH_64, cublas, spr_v2)
FOR_SD(SIMULATED_LAUNCH_64, cublas, spr2_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, gerc_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, geru_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hbmv_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hemv_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, her_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, her2_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hpmv_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hpr_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hpr2_v2)
SIMULATED_LAUNCH_64(cublasHSHgemvBatched)
SIMULATED_LAUNCH_64(cublasHSHgemvStridedBatched)
SIMULATED_LAUNCH_64(cublasHSSgemvBatched)
SIMULATED_LAUNCH_64(cublasHSSgemvStridedBatched)
SIMULATED_LAUNCH_64(cublasTSTgemvBatched)
SIMULATED_LAUNCH_64(cublasTSTgemvStridedBatched)
SIMULATED_LAUNCH_64(cublasTSSgemvBatched)
SIMULATED_LAUNCH_64(cublasTSSgemvStridedBatched)

// ---- matrices
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, dgmm)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, geam)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemm_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemmBatched)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, gemmStridedBatched)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, symm_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, syrk_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, syr2k_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, syrkx)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, trmm_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, trsm_v2)
FOR_SDCZ(SIMULATED_LAUNCH_64, cublas, trsmBatched)
FOR_SDCZ(SIMULATED_LAUNCH, cublas, tpttr)
FOR_SDCZ(SIMULATED_LAUNCH, cublas, trttp)
FOR_SD(SIMULATED_LAUNCH_64, cublas, gemmGroupedBatched)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, gemm3m)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, hemm_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, herk_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, her2k_v2)
FOR_CZ(SIMULATED_LAUNCH_64, cublas, herkx)
SIMULATED_LAUNCH_64(cublasHgemm)
SIMULATED_LAUNCH_64(cublasHgemmBatched)
SIMULATED_LAUNCH_64(cublasHgemmStridedBatched)
SIMULATED_LAUNCH_64(cublasCgemm3mBatched)
SIMULATED_LAUNCH_64(cublasCgemm3mEx)
SIMULATED_LAUNCH_64(cublasCgemm3mStridedBatched)
SIMULATED_LAUNCH_64(cublasCgemmEx)
SIMULATED_LAUNCH_64(cublasSgemmEx)
SIMULATED_LAUNCH_64(cublasCherkEx)
SIMULATED_LAUNCH_64(cublasCherk3mEx)
SIMULATED_LAUNCH_64(cublasCsyrkEx)
SIMULATED_LAUNCH_64(cublasCsyrk3mEx)
SIMULATED_LAUNCH_64(cublasGemmEx)
SIMULATED_LAUNCH_64(cublasGemmBatchedEx)
SIMULATED_LAUNCH_64(cublasGemmStridedBatchedEx)
SIMULATED_LAUNCH_64(cublasGemmGroupedBatchedEx)
SIMULATED_LAUNCH(cublasUint8gemmBias)

// ---- many small systems; their info is in device memory
FOR_SDCZ(SIMULATED_LAUNCH, cublas, getrfBatched)
FOR_SDCZ(SIMULATED_LAUNCH, cublas, getriBatched)
FOR_SDCZ(SIMULATED_LAUNCH, cublas, matinvBatched)
